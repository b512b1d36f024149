"""What the reader says about a photograph: frozen, JSON-able, complete enough to be argued with."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ocr.refusals import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

Quad: TypeAlias = tuple[tuple[float, float], ...]
"""TL, TR, BR, BL in pixels of the upright photograph."""


@dataclass(frozen=True)
class FieldReading:
    """One number of the form.

    `digits` is what stands in the boxes, one symbol each (0-9, X, - dash, _ blank), whatever the sums say. `value` is
    None when the field is left open, and `reason` says why; a value that is not `sure` may have a reason too.
    `confidence` is at least the probability of `value` given everything seen; `candidates` are the five most probable
    values. `bubbles` are the digits blackened, "_" none, "?" unclear; `bubble_kinds` says more, a word a column: clear,
    none, faint, erased (a smudge where nothing else is blackened), double, unclear.
    """

    name: str
    value: int | None
    confidence: float
    sure: bool
    digits: str
    bubbles: str | None
    candidates: tuple[tuple[int, float], ...]
    reason: str | None
    bubble_kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One identity of the form: `total` = sum of `terms`.

    `closes` is None while a field of it is open or on a page that was not given. `hint` says, for a sum that does not
    close, whether the paper or the reader is the likelier cause: it follows from `paper`, the probability that the
    numbers on the paper do not add up, given everything seen. It may be known where a field is left open;
    it is None where a field is on a page that was not given or likely holds no number, or where the sum was not used.
    """

    key: str
    total: str
    terms: tuple[str, ...]
    closes: bool | None
    written: int | None
    computed: int | None
    hint: str | None
    paper: float | None = None


@dataclass(frozen=True)
class SectionReading:
    """The fields of one section together, over all pages given.

    `wrong`: at most this is the probability that any of its fields shows another number than was read; 1 while a field
    is open or on a page that was not given. `sure`: every field is sure, and `wrong` is within the same bound.
    `closes`: whether all sums inside the section close; None while one cannot be told.
    """

    sure: bool
    wrong: float
    closes: bool | None


@dataclass(frozen=True)
class Quality:
    """How good the photograph is for reading.

    `sharpness` (0..1): how dark the printed 1 mm lines still are against the paper; `box_px`: width of the smallest
    digit box; `exposure` (0..1): brightness of the paper at the boxes; `residual_px`: how far the printed borders lie
    from where they were cut; `shift_mm`: how far the paper is from flat at the worst field; `borders`: share met.
    """

    sharpness: float
    box_px: float
    exposure: float
    residual_px: float
    shift_mm: float
    borders: float


@dataclass(frozen=True)
class PhotoReading:
    """The reading of one photograph. `refused` is None or a key of `ocr.refusals.SENTENCES`.

    The upright photograph is the file after its EXIF turn and `rotation_quarter_turns` clockwise; `field_rects` and
    `page_to_pixels` (3x3, row by row, from page mm) are in its pixels. `ms` is the time spent.
    """

    file: str
    form: str | None
    page: int | None
    refused: str | None
    detail: str | None = None
    fields: Mapping[str, FieldReading] = field(default_factory=lambda: MappingProxyType({}))
    checks: tuple[Check, ...] = ()
    quality: Quality | None = None
    ms: float = 0.0
    model_sha256: str | None = None
    layout_key: str | None = None
    layout_sha256: str | None = None
    rotation_quarter_turns: int = 0
    field_rects: Mapping[str, Quad] = field(default_factory=lambda: MappingProxyType({}))
    page_to_pixels: tuple[float, ...] | None = None
    sections: Mapping[str, SectionReading] = field(default_factory=lambda: MappingProxyType({}))

    def to_json(self) -> dict[str, Any]:
        """The line that `./runut read --json` prints, as plain dicts and lists."""
        return {
            "file": self.file,
            "form": self.form,
            "page": self.page,
            "refused": self.refused,
            "explanation": _explain(self.refused),
            "detail": self.detail,
            "fields": {name: _field_json(one) for name, one in self.fields.items()},
            "checks": [_check_json(one) for one in self.checks],
            "sections": {
                name: {"sure": one.sure, "wrong": float(f"{one.wrong:.3g}"), "closes": one.closes}
                for name, one in self.sections.items()
            },
            "quality": _quality_json(self.quality),
            "ms": round(self.ms, 1),
            "model_sha256": self.model_sha256,
            "layout_key": self.layout_key,
            "layout_sha256": self.layout_sha256,
            "rotation_quarter_turns": self.rotation_quarter_turns,
            "field_rects": {
                name: [[round(x, 2), round(y, 2)] for x, y in quad] for name, quad in self.field_rects.items()
            },
            "page_to_pixels": None if self.page_to_pixels is None else list(self.page_to_pixels),
        }


def _explain(code: str | None) -> dict[str, str] | None:
    """The refusal's sentence in both languages."""
    return None if code is None else {"id": SENTENCES[code].id, "en": SENTENCES[code].en}


def _field_json(one: FieldReading) -> dict[str, Any]:
    return {
        "value": one.value,
        "confidence": round(one.confidence, 6),
        "sure": one.sure,
        "digits": one.digits,
        "bubbles": one.bubbles,
        "candidates": [[value, round(share, 6)] for value, share in one.candidates],
        "reason": one.reason,
        "bubble_kinds": list(one.bubble_kinds),
    }


def _check_json(one: Check) -> dict[str, Any]:
    return {
        "key": one.key,
        "total": one.total,
        "terms": list(one.terms),
        "closes": one.closes,
        "written": one.written,
        "computed": one.computed,
        "hint": one.hint,
        "paper": None if one.paper is None else round(one.paper, 4),
    }


def _quality_json(quality: Quality | None) -> dict[str, float]:
    if quality is None:
        return {}
    return {name: round(float(value), 3) for name, value in vars(quality).items()}
