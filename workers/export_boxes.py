"""Turn decided readings into labelled box pictures that a net can be trained with.

Nothing in the file says whose form or which polling station a picture comes from: names of photographs become salted
hashes, the salt is thrown away, and the order is that of the hashes. A picture holds one box, which is handwriting.
"""

import hashlib
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.core.database import Sessions
from app.core.errors import RunutError
from app.core.storage import ObjectStore, read_original
from app.verification.labelled import LabelledPage, list_labelled_pages
from workers.reader_child import call_named
from workers.reader_process import ReaderCrashedError, ReaderProcess

SIDE = 64
UNKNOWN = -1
"""Label of a box that the number says nothing about: a leading place may be crossed, dashed, nought or blank."""

DECISIONS_AT_ONCE = 100

CHILD = "workers.look_at_boxes"
"""What the reader process loads; here it would load the decoders."""


@dataclass
class Export:
    """What has been gathered so far; owned by the export that fills it."""

    limit: int
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    boxes: list[tuple[int, int, bytes, int]] = field(default_factory=list)
    """Hash of the box, hash of its photograph, the picture, the label."""
    pages: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    made_by: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in ("rule_version", "layout_sha256", "field")}
    )

    @property
    def full(self) -> bool:
        """Are there as many pictures as were asked for?"""
        return len(self.boxes) >= self.limit

    def name(self, *words: str | int) -> int:
        """A number (63 bits) for a thing that is to keep its name to itself."""
        text = "/".join(map(str, words)).encode()
        return int.from_bytes(hashlib.blake2b(text, key=self.salt, digest_size=8).digest()) >> 1


def label_boxes(number: int, boxes: int) -> list[int] | None:
    """What stands in each box when a number fills them from the right; None when it needs more boxes.

    Leading places are unknown, and so is everything about nought: it may be written as a 0, crosses, dashes, or not.
    """
    digits = [int(digit) for digit in str(number)] if number else []
    return None if len(digits) > boxes else [UNKNOWN] * (boxes - len(digits)) + digits


async def gather_boxes(
    sessions: Sessions, storage: ObjectStore, reader: ReaderProcess, *, since: datetime | None, limit: int
) -> Export:
    """Cut the boxes of decided pages until there are ``limit`` or no more pages.

    No transaction is open while the store is asked or a picture decoded. A photograph that is gone, damaged or ends the
    reader is counted and left out.
    """
    export, after = Export(limit), 0
    while not export.full:
        async with sessions.begin() as session:
            pages = await list_labelled_pages(session, after=after, since=since, limit=DECISIONS_AT_ONCE)
        if not pages:
            break
        after = max(page.decision_id for page in pages)
        for page in pages:
            await _take_page(export, storage, reader, page)
    return export


async def _take_page(export: Export, storage: ObjectStore, reader: ReaderProcess, page: LabelledPage) -> None:
    if export.full or not page.numbers:
        return
    try:
        data = await read_original(storage, page.sha256)
        cut: dict[str, bytes] | str = reader.call(call_named, CHILD, "cut_boxes_of", data, page.placed)
    except (RunutError, ReaderCrashedError) as error:
        export.skipped[type(error).__name__] += 1
        return
    if isinstance(cut, str):
        export.skipped[cut] += 1
        return
    export.pages += 1
    export.made_by["rule_version"][page.rule_version] += 1
    export.made_by["layout_sha256"][page.placed["layout_sha256"]] += 1
    for name, number in page.numbers.items():
        _take_field(export, page.sha256, name, number, cut.get(name, b""))


def _take_field(export: Export, sha256: str, name: str, number: int, pictures: bytes) -> None:
    count = len(pictures) // SIDE**2
    labels = label_boxes(number, count)
    if not count or labels is None or len(export.boxes) + count > export.limit:
        export.skipped["field_left_out"] += 1
        return
    export.made_by["field"][name] += 1
    for place, label in enumerate(labels):
        picture = pictures[place * SIDE**2 : (place + 1) * SIDE**2]
        export.boxes.append((export.name(sha256, name, place), export.name(sha256), picture, label))


def write_boxes(export: Export, path: Path) -> dict[str, Any]:
    """Write x (N,64,64), y (N,), photo (N,) and about (JSON text) into one .npz file; return what about says.

    The file is there whole or not at all.
    """
    boxes = sorted(export.boxes)
    about = describe(export)
    new = path.with_name(path.name + ".new")
    with new.open("wb") as file:
        np.savez_compressed(
            file,
            x=np.frombuffer(b"".join(picture for _, _, picture, _ in boxes), dtype=np.uint8).reshape(-1, SIDE, SIDE),
            y=np.array([label for _, _, _, label in boxes], dtype=np.int8),
            photo=np.array([photo for _, photo, _, _ in boxes], dtype=np.int64),
            about=np.array(json.dumps(about, sort_keys=True)),
        )
    new.replace(path)
    return about


def describe(export: Export) -> dict[str, Any]:
    """The data list: how many of what, by which rule and layouts; nothing about where or who."""
    labels = Counter(label for _, _, _, label in export.boxes)
    return {
        "boxes": len(export.boxes),
        "labels": {str(label): labels[label] for label in sorted(labels)},
        "photographs": export.pages,
        "skipped": dict(sorted(export.skipped.items())),
        **{name: dict(sorted(counts.items())) for name, counts in export.made_by.items()},
    }
