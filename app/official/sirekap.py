"""Read the JSON that Sirekap served for one TPS (2024): ``.../pemilu/hhcw/ppwp/31/.../3101011001001.json``.

The shape, from 1,000 files of DKI Jakarta as served on 15-18 February 2024::

    {"chart": {"null": null, "100025": 72, ...} | null, "images": ["https://...", ...],
     "administrasi": {"suara_sah": 216, ...} | null, "psu": null, "ts": "2024-02-15 00:46:45",
     "status_suara": true, "status_adm": true, "mode": "hhcw"}

Keys that the contest does not know are kept and counted, never refused: the authority changed the shape before.
Figures that are none are refused: a broken file must not turn into differences that accuse somebody.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from app.official.errors import Problem
from app.official.figures import TpsFigures, WrongFigureError, check_figure, read_time
from app.official.sources import SourceFile
from app.pemilu.definition import Contest

_NAME = re.compile(r"([0-9]{13})\.json")
FIGURE_PARTS = ("chart", "administrasi")
"""Objects that hold figures; every figure's path begins with one of them."""
IMAGES_MAX = 100


class JsonFigureReader:
    """Reads files of one contest. Keeps nothing between files."""

    def __init__(self, contest: Contest) -> None:
        """Take the places of the contest's figures from its ``official_names``."""
        self._paths = [
            (field, *contest.official_names[field].split(".", 1)) if field in contest.official_names else None
            for field in contest.fields
        ]
        self._known = {(part, key) for _, part, key in filter(None, self._paths)}

    def read_file(self, file: SourceFile) -> TpsFigures | Problem | None:
        """Return the figures of one file, what is wrong with it, or None when it is no TPS's file.

        A TPS's file is a ``.json`` named by 13 digits; folders in its name mean nothing.
        """
        named = _NAME.fullmatch(PurePosixPath(file.name).name)
        if named is None or (file.data is None and file.problem is None):
            return None
        if file.data is None:
            return Problem(file.name, file.problem or "unreadable")
        try:
            return self._read_document(named[1], _parse(file.data))
        except WrongFigureError as error:
            return Problem(file.name, str(error))

    def _read_document(self, tps_kode: str, document: Mapping[str, Any]) -> TpsFigures:
        parts = {part: _take_object(document, part) for part in FIGURE_PARTS}
        numbers = tuple(
            check_figure(".".join(path[1:]), (parts.get(path[1]) or {}).get(path[2])) if path else None
            for path in self._paths
        )
        images = document.get("images") or ()
        if not isinstance(images, list | tuple) or len(images) > IMAGES_MAX:
            raise WrongFigureError(f"images is no list of at most {IMAGES_MAX} addresses")
        extra = {key: value for key, value in document.items() if key not in {*FIGURE_PARTS, "images", "ts"}}
        published_at = read_time(document.get("ts"))
        if published_at is None and document.get("ts") is not None:
            extra["ts"] = document["ts"]
        for part, content in parts.items():
            unknown = {key: value for key, value in (content or {}).items() if (part, key) not in self._known}
            if any(value is not None for value in unknown.values()):
                extra[part] = unknown
        return TpsFigures(
            tps_kode=tps_kode,
            numbers=numbers,
            images=_keep_addresses(images),
            published_at=published_at,
            extra=extra,
            remarks=tuple(self._remark(document, parts)),
        )

    def _remark(self, document: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any] | None]) -> Iterator[str]:
        known = {*FIGURE_PARTS, "images", "psu", "ts", "status_suara", "status_adm"}
        for part, content in parts.items():
            if content is None:
                yield f"null {part}"
            else:
                yield from (f"unknown {part}.{key}" for key in content if (part, key) not in self._known)
        yield from (f"unknown {key}" for key in document if key not in known)
        for _, part, key in filter(None, self._paths):
            if (content := parts.get(part)) is not None and content.get(key) is None:
                yield f"null {part}.{key}"
        if document.get("ts") is not None and read_time(document["ts"]) is None:
            yield "unreadable ts"
        if document.get("psu") is not None:
            yield "psu"
        if any(not isinstance(image, str) for image in document.get("images") or ()):
            yield "null images[]"


def _keep_addresses(images: Iterable[object]) -> tuple[str, ...]:
    """Return the addresses in their places, which are the form's pages; "" where none was published."""
    found = tuple(image if isinstance(image, str) else "" for image in images)
    return found if any(found) else ()


def _take_object(document: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    part = document.get(key)
    if part is not None and not isinstance(part, dict):
        raise WrongFigureError(f"{key} is neither an object nor null")
    return part


def _parse(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object in ``data``.

    Python's parser is kinder than the standard: it takes NaN, keeps the last of two equal keys, and lets characters
    pass that PostgreSQL cannot keep. All three are refused here, where the file's name is still known.
    """
    try:
        document = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique_object, parse_constant=_refuse_constant
        )
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        text.encode()
    except WrongFigureError:
        raise
    except RecursionError as error:
        raise WrongFigureError("is nested too deeply") from error
    except ValueError as error:
        raise WrongFigureError(f"is no valid JSON ({error})") from error
    if not isinstance(document, dict):
        raise WrongFigureError("is no JSON object")
    if r"\u0000" in text:
        raise WrongFigureError("contains a null character")
    return document


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise WrongFigureError(f"has the key {twice!r} twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise WrongFigureError(f"contains {name}, which is no number")
