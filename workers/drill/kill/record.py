"""The callers' own record: what the service acknowledged to them, and what it answered that it should not have."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True)
class UploadKept:
    """An upload that was acknowledged. ``numbers``: what is on the page, null where there is no form."""

    sha256: str
    tps_kode: str
    account_id: int
    photo_id: int
    receipt: Mapping[str, Any]
    page: int | None
    numbers: Mapping[str, int] | None


@dataclass(frozen=True)
class AnswerKept:
    """An answer that was acknowledged: one reading a page."""

    task_id: str
    account_id: int
    numbers: Mapping[str, int | None]
    photos: Mapping[str, str]
    """Page -> hash of the photograph."""
    reading_ids: tuple[int, ...]


@dataclass
class Record:
    """Everything that counts in the end is written down here first, also into ``record.jsonl``."""

    folder: Path
    uploads: dict[str, UploadKept] = field(default_factory=dict)
    answers: dict[str, AnswerKept] = field(default_factory=dict)
    anomalies: list[str] = field(default_factory=list)
    """Answers that no outage explains: another receipt for the same upload, a refusal of a right request ..."""
    trouble: Counter[str] = field(default_factory=Counter)
    """Failed calls by kind; each was repeated until it was acknowledged."""
    readings: int = 0
    """Readings (rows) that were acknowledged."""
    repeated: int = 0
    """Calls sent once more on purpose after they had been acknowledged."""

    def keep_upload(self, kept: UploadKept) -> None:
        """Write an acknowledged upload down; the same one again must have the same receipt."""
        before = self.uploads.setdefault(kept.sha256, kept)
        if before is not kept:
            if (before.photo_id, before.receipt["receipt"]) != (kept.photo_id, kept.receipt["receipt"]):
                self.anomalies.append(f"upload {kept.sha256} got a second receipt, {kept.receipt['receipt']}")
            return
        self._write("upload", kept)

    def keep_answer(self, kept: AnswerKept) -> None:
        """Write an acknowledged answer down; the same one again must name the same readings."""
        before = self.answers.setdefault(kept.task_id, kept)
        if before is not kept:
            if before.reading_ids != kept.reading_ids:
                self.anomalies.append(f"answer {kept.task_id} got other readings, {kept.reading_ids}")
            return
        self.readings += len(kept.reading_ids)
        self._write("answer", kept)

    def _write(self, kind: str, kept: UploadKept | AnswerKept) -> None:
        with (self.folder / "record.jsonl").open("ab") as file:
            file.write(orjson.dumps({"kind": kind, **asdict(kept)}, option=orjson.OPT_NON_STR_KEYS) + b"\n")
