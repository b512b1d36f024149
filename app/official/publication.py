"""Go through a whole publication: figures TPS by TPS, what is wrong with them, and what was odd, counted."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.official.errors import SHOWN, OfficialFileError, Problem
from app.official.figures import Silence, TpsFigures
from app.official.sirekap import JsonFigureReader
from app.official.sirekap_csv import find_silence, read_csv_figures
from app.official.sources import Source, SourceFile, list_files
from app.pemilu.definition import Contest

REMARKS_MAX = 500
"""Different remarks that are counted one by one; a hostile file could invent a new key for every TPS."""
NAMES_MAX = 100
"""Names that a list in the notes shows; the count beside it is of all."""


class Findings:
    """What one import noticed. Owned by that import, which alone writes to it."""

    def __init__(self) -> None:
        self.read = 0
        self.empty = 0
        self.repeated = 0
        self.other_files: list[str] = []
        self.other_file_count = 0
        self._remarks: Counter[str] = Counter()

    def note_whole(self, *, read: int, empty: int, remarks: Mapping[str, int]) -> None:
        """Count all TPS of a file that was read column by column."""
        self.read += read
        self.empty += empty
        self._remarks.update(remarks)

    def note_figures(self, figures: TpsFigures) -> None:
        """Count one TPS and its remarks."""
        self.read += 1
        self.empty += figures.is_empty
        for remark in figures.remarks:
            self._remarks[remark if remark in self._remarks or len(self._remarks) < REMARKS_MAX else "other"] += 1

    def note_other_file(self, name: str) -> None:
        """Count a file that is no TPS's."""
        self.other_file_count += 1
        if len(self.other_files) < NAMES_MAX:
            self.other_files.append(ascii(name)[1:-1])

    def as_notes(self) -> dict[str, Any]:
        """Return the counts as JSON for the snapshot's notes."""
        return {
            "tps_without_figures": self.empty,
            "repeated_files": self.repeated,
            "remarks": dict(sorted(self._remarks.items())),
            "other_files": {"count": self.other_file_count, "first": self.other_files},
        }


def read_publication(source: Source, contest: Contest, findings: Findings) -> Iterator[TpsFigures]:
    """Yield the figures of each TPS once, and write what was noticed into ``findings``.

    A TPS that stands there twice with the same figures counts once; with different ones it is a problem. Reading goes
    on after a problem, to list the first ``SHOWN`` of them together, but what was yielded must then not be kept.

    Raises:
        OfficialFileError: some figures cannot be taken, or there are none at all.
        BrokenArchiveError: the archive is damaged or cut.
    """
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for found in _read_items(source, contest, findings):
        if isinstance(found, TpsFigures) and found.tps_kode in seen:
            if seen[found.tps_kode] == _fingerprint(found):
                findings.repeated += 1
                continue
            found = Problem(found.tps_kode, "stands there twice, with different figures")  # noqa: PLW2901 - it is one now
        if isinstance(found, Problem):
            problems.append(found)
            if len(problems) >= SHOWN:
                break
            continue
        seen[found.tps_kode] = _fingerprint(found)
        findings.note_figures(found)
        yield found
    if not problems and not seen:
        problems.append(
            Problem(source.name, "there is no TPS in it (the file of one is named by its 13 digits, .json)")
        )
    if problems:
        raise OfficialFileError(source.name, problems)


def find_silence_of(source: Source, contest: Contest) -> Silence:
    """Return what this publication cannot say: a CSV knows no photographs, and only fields that it has columns for."""
    return find_silence(source, contest) if source.kind == "sirekap_csv" else Silence()


def _read_items(source: Source, contest: Contest, findings: Findings) -> Iterator[TpsFigures | Problem]:
    if source.kind == "sirekap_csv":
        yield from read_csv_figures(source, contest)
        return
    reader = JsonFigureReader(contest)
    for file in list_files(source):
        found = reader.read_file(file)
        if found is not None:
            yield found
        elif not _is_folder(file):
            findings.note_other_file(file.name)


def _is_folder(file: SourceFile) -> bool:
    return file.data is None and not file.name.lower().endswith(".json")


def _fingerprint(figures: TpsFigures) -> int:
    extra = json.dumps(figures.extra, sort_keys=True)
    return hash((figures.numbers, figures.images, figures.published_at, extra))
