"""The numbers of a case side by side: each field with its boxes on every photograph, who read what, and the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.verification.review.case_view import CaseView, Evidence, SeenPhoto, SeenReading
from app.web.words import name_briefly, name_field


@dataclass(frozen=True)
class Cell:
    """One field on one photograph: its picture, and (reader, number, still counted) of everybody who read it."""

    photo: SeenPhoto
    crop: str
    said: tuple[tuple[SeenReading, int | None, bool], ...]


@dataclass(frozen=True)
class FieldLine:
    """One field. ``marked``: the case is about it; ``differs``: its readings are not all the same."""

    field: str
    nama: str
    cells: tuple[Cell, ...]
    decided: int | None
    wrong: float | None
    official: int | None
    marked: bool

    @property
    def differs(self) -> bool:
        """Tell whether anybody whose reading counts read another number than somebody else."""
        return len({number for cell in self.cells for _, number, counts in cell.said if counts}) > 1


def lay_table(view: CaseView) -> tuple[FieldLine, ...]:
    """Return the lines of a case that is open to whoever looks at it; none before."""
    if view.evidence is None or view.contest is None:
        return ()
    evidence, contest = view.evidence, view.contest
    marked = frozenset((view.facts or {}).get("fields", ()))
    decision = evidence.decision
    numbers: Mapping[str, int] = {} if decision is None else decision.numbers
    wrong: Mapping[str, float] = {} if decision is None else decision.posterior_wrong
    return tuple(
        FieldLine(
            field=field,
            nama=name_field(contest, field),
            cells=_lay_cells(view.id, evidence, field),
            decided=numbers.get(field),
            wrong=wrong.get(field),
            official=None if evidence.official is None else evidence.official[field],
            marked=field in marked,
        )
        for field in evidence.fields
    )


@dataclass(frozen=True)
class SumLine:
    """A sum that the form should obey, with what is written and what its terms make."""

    words: str
    written: int
    computed: int


def lay_sums(view: CaseView, account_id: int) -> tuple[SumLine, ...]:
    """Return the sums of the accepted numbers, or else of what this reviewer read himself."""
    if view.evidence is None or view.contest is None:
        return ()
    numbers = _find_numbers(view.evidence, account_id)
    lines = []
    for total, terms in view.evidence.sums:
        known = [numbers.get(name) for name in (total, *terms)]
        written, *parts = [one for one in known if one is not None] or [0]
        if None not in known:
            words = f"{name_briefly(view.contest, total)} = {' + '.join(name_briefly(view.contest, t) for t in terms)}"
            lines.append(SumLine(words, written, sum(parts)))
    return tuple(lines)


def _find_numbers(evidence: Evidence, account_id: int) -> Mapping[str, int | None]:
    if evidence.decision is not None and evidence.decision.numbers:
        return evidence.decision.numbers
    own = [one.numbers for one in evidence.readings if one.account_id == account_id and one.withdrawn is None]
    return {name: number for page in own for name, number in page.items()}


def _lay_cells(case_id: int, evidence: Evidence, field: str) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            photo,
            f"/api/v1/review/cases/{case_id}/photos/{photo.id}/crops/{field}.jpg",
            tuple(
                (one, one.numbers[field], one.withdrawn is None)
                for one in evidence.readings
                if one.photo_id == photo.id and field in one.numbers
            ),
        )
        for photo in evidence.photos
        if field in photo.fields
    )
