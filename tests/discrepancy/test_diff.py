"""What counts as a difference and what does not."""

from app.discrepancy.diff import Difference, Kind, diff
from tests.official.factory import make_contest

CONTEST = make_contest()
OURS = (72, 109, 35, 216, 3, 219, 5)
SAME = (72, 109, 35, 216, 3, 219, None)


def test_equal_figures_have_no_difference() -> None:
    assert diff(OURS, SAME, CONTEST) == ()


def test_a_changed_figure_differs_by_official_minus_ours_and_breaks_the_official_sum() -> None:
    assert diff(OURS, (72, 809, 35, 216, 3, 219, None), CONTEST) == (
        Difference(Kind.NUMBER, "suara_02", 109, 809, 700),
        Difference(Kind.OFFICIAL_SUM, "suara_sah", None, 216, -700),
    )


def test_missing_figures_are_no_differences() -> None:
    assert diff(None, SAME, CONTEST) == ()
    assert diff(OURS, None, CONTEST) == ()
    assert diff((None,) * 7, SAME, CONTEST) == ()
    assert diff(OURS, (None,) * 7, CONTEST) == ()
    assert diff(OURS, (72, None, 35, 216, 3, 219, None), CONTEST) == ()


def test_zero_is_a_figure() -> None:
    assert diff(OURS, (72, 109, 35, 216, 0, 219, None), CONTEST) == (
        Difference(Kind.NUMBER, "suara_tidak_sah", 3, 0, -3),
        Difference(Kind.OFFICIAL_SUM, "suara_total", None, 219, 3),
    )


def test_official_sums_are_looked_at_before_any_result_is_known() -> None:
    assert diff(None, (72, 109, 35, 200, 3, 203, None), CONTEST) == (
        Difference(Kind.OFFICIAL_SUM, "suara_sah", None, 200, -16),
    )


def test_a_paper_that_does_not_add_up_is_no_difference_of_numbers_when_both_copied_it() -> None:
    paper = (72, 109, 35, 200, 3, 203, None)
    assert [found.kind for found in diff(paper, paper, CONTEST)] == [Kind.OFFICIAL_SUM]
