"""The table of what the reader was to reach: measure, goal, what was seen, whether it is reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.ocr.calibration import ENOUGH_ERRORS, bin_errors, calibration_error, claims
from bench.ocr.count import (
    KINDS,
    PageCount,
    VerdictCount,
    count_by,
    count_fields,
    count_pages,
    count_sections,
    count_verdicts,
    fields_of,
)
from bench.ocr.records import Shot
from bench.ocr.score import upper_bound

SECTIONS = ("suara", "administrasi")
GOOD = ("scan", "photo")
ALL = ("scan", "photo", "hard")
RIGHT = {"scan": 0.985, "photo": 0.975, "hard": 0.88}
IDENTIFIED, IDS = 0.995, 10_000
GOOD_REFUSED = 0.01
VOTES_SURE, PAGE_1_SURE, SECTIONS_SURE = 0.90, 0.80, 0.75
SURE_FIELDS, SURE_SECTIONS, SURE_WRONG = 30_000, 3_000, 1e-4
ECE, TWICE = 0.01, 2.0


@dataclass(frozen=True)
class Row:
    """`met`: None where the run is too small to say, or nothing is demanded."""

    measure: str
    goal: str
    seen: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "yes", False: "no", None: "–"}[self.met]


def make_table(shots: Sequence[Shot]) -> list[Row]:
    """What this bench measures by itself, in the order of the goals."""
    return [
        *_page_rows(shots),
        *(_right_row(shots, tier, goal) for tier, goal in RIGHT.items()),
        _sure_row("votes sure, scan and photo", shots, "suara", VOTES_SURE, SURE_FIELDS),
        _sure_row("page 1 sure, scan and photo", shots, "administrasi", PAGE_1_SURE, SURE_FIELDS),
        _section_row(shots),
        _whole_paper_row(shots),
        *_calibration_rows(shots),
        _verdict_row(count_verdicts(shots, GOOD)),
        _hard_row(shots),
        _bubble_row(shots),
    ]


def _page_rows(shots: Sequence[Shot]) -> Iterable[Row]:
    good, every = count_pages(shots, GOOD), count_pages(shots, ALL)
    yield Row(
        "page identified, scan and photo",
        f"≥ {IDENTIFIED:.1%}",
        _share(good.identified, good.pages),
        good.identified / good.pages >= IDENTIFIED if good.pages else None,
    )
    enough = every.pages >= IDS
    yield Row(
        "pages or forms mistaken, all tiers",
        f"0 of {IDS:,}",
        f"{every.mistaken} of {every.pages:,} (below {upper_bound(every.mistaken, every.pages):.1e})",
        False if every.mistaken else (True if enough else None),
    )
    yield Row(
        "good photographs refused, scan and photo",
        f"≤ {GOOD_REFUSED:.0%}",
        f"{_share(good.refused, good.pages)}{_codes(good)}",
        good.refused / good.pages <= GOOD_REFUSED if good.pages else None,
    )


def _codes(count: PageCount) -> str:
    return "".join(f"; {code} {number}" for code, number in count.codes)


def _right_row(shots: Sequence[Shot], tier: str, goal: float) -> Row:
    """Of papers of which every page was photographed: the form has 28 fields, and votes are six of them."""
    whole = [shot for shot in shots if _has_page_1(shot)]
    count, refused = count_fields(fields_of(whole, [tier])), count_pages(whole, [tier])
    seen = f"{_share(count.right, count.fields)}; {count.open:,} left open, {count.open_right:,} of them likely right"
    seen += f"; {refused.refused} of {refused.pages:,} photographs refused"
    met = count.right_share >= goal if count.fields else None
    return Row(f"fields right, {tier}, whole papers", f"≥ {goal:.1%}", seen, met)


def _sure_row(measure: str, shots: Sequence[Shot], section: str, goal: float, enough: int) -> Row:
    count = count_fields(fields_of(shots, GOOD, section))
    goal_words = f"≥ {goal:.0%}, wrong at most {SURE_WRONG:g}" + (f": 0 of {enough:,}" if section == "suara" else "")
    seen = f"{_share(count.sure, count.fields)}; {count.sure_wrong} wrong of {count.sure:,} (below {count.bound:.1e})"
    proved = count.sure_share >= goal and count.bound <= SURE_WRONG
    failed = count.sure_share < goal or count.sure_wrong > SURE_WRONG * count.sure
    return Row(measure, goal_words, seen, None if not count.fields else True if proved else False if failed else None)


def _section_row(shots: Sequence[Shot]) -> Row:
    count = count_sections(shots, GOOD, "suara")
    seen = f"{_share(count.sure, count.sections)}; {count.sure_wrong} wrong of {count.sure:,}"
    seen += f" (below {upper_bound(count.sure_wrong, count.sure):.1e})"
    enough = count.sure >= SURE_SECTIONS
    failed = count.sure_wrong > 0 or (count.sections > 0 and count.sure < SECTIONS_SURE * count.sections)
    return Row(
        "whole vote section sure where the paper closes",
        f"≥ {SECTIONS_SURE:.0%}, 0 wrong of {SURE_SECTIONS:,}",
        seen,
        False if failed else True if enough else None,
    )


def _whole_paper_row(shots: Sequence[Shot]) -> Row:
    """The same by whether page 1 was photographed too: its sums vouch for the votes, so a whole paper is read best."""
    whole, part = (
        count_sections([shot for shot in shots if _has_page_1(shot) is wanted], GOOD, "suara")
        for wanted in (True, False)
    )
    seen = f"{_share(whole.sure, whole.sections)} with page 1, {_share(part.sure, part.sections)} without"
    return Row("– by the pages that were given", "–", seen, None)


def _has_page_1(shot: Shot) -> bool:
    return any(page.page == 1 for page in shot.pages)


def _calibration_rows(shots: Sequence[Shot]) -> Iterable[Row]:
    for name, tiers in (("scan and photo", GOOD), ("hard", ("hard",))):
        claimed = claims(fields_of(shots, tiers))
        error = calibration_error(claimed)
        yield Row(f"calibration error (ECE), {name}", f"≤ {ECE:.0%}", f"{error:.3%}", error <= ECE if claimed else None)
    ratios = [(one, one.ratio) for one in bin_errors(claims(fields_of(shots, ALL)))]
    told = [(one, ratio) for one, ratio in ratios if ratio is not None]
    seen = ", ".join(f"{one.low:g} to {min(1.0, one.high):g}: {ratio:.2f}" for one, ratio in told)
    yield Row(
        f"errors seen / predicted, bins with ≥ {ENOUGH_ERRORS} expected",
        f"{1 / TWICE:g} to {TWICE:g}",
        seen or "no bin has so many",
        all(1 / TWICE <= ratio <= TWICE for _, ratio in told) if told else None,
    )
    yield _condition_row(shots)


def _condition_row(shots: Sequence[Shot]) -> Row:
    """The same for each condition by itself, of votes and of page 1: wherever enough errors are expected."""
    ratios = {
        f"{section} {name} {value}": count.seen / count.expected
        for section in SECTIONS
        for name, kind in KINDS.items()
        for value, count in count_by(shots, ALL, kind, section).items()
        if count.expected >= ENOUGH_ERRORS
    }
    low, high = (pick(ratios, key=ratios.__getitem__, default=None) for pick in (min, max))
    seen = f"{len(ratios)} conditions"
    if low is not None and high is not None:
        seen += f": {ratios[low]:.2f} ({low}) to {ratios[high]:.2f} ({high})"
    return Row(
        f"errors seen / predicted, conditions with ≥ {ENOUGH_ERRORS} expected",
        f"{1 / TWICE:g} to {TWICE:g}",
        seen,
        all(1 / TWICE <= ratio <= TWICE for ratio in ratios.values()) if ratios else None,
    )


def _verdict_row(count: VerdictCount) -> Row:
    seen = f"{count.paper_right} of {count.paper} “paper” and {count.reader_right} of {count.reader} “reader” right"
    seen += f"; {count.missed} of {count.broken_on_paper} sums broken on paper were read as closing"
    return Row("sums that do not close: whose fault", "–", seen, None)


def _hard_row(shots: Sequence[Shot]) -> Row:
    count = count_fields(fields_of(shots, ["hard"]))
    seen = f"{_share(count.sure, count.fields)}; {count.sure_wrong} wrong of {count.sure:,} (below {count.bound:.1e})"
    return Row("sure, hard", "–", seen, None)


def _bubble_row(shots: Sequence[Shot]) -> Row:
    """Rows of bubbles of which at least one is blackened."""
    fields = [one for one in fields_of(shots, GOOD) if one.read and one.bubbles_shown is not None]
    right = sum(one.bubbles == one.bubbles_shown for one in fields)
    return Row("rows of bubbles read as they are, scan and photo", "–", _share(right, len(fields)), None)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%} of {whole:,}" if whole else "nothing measured"
