"""The bench counts what the paper shows, takes up a run where it stopped, and shows every error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.ocr.calibration import bin_errors, calibration_error, claims, risk_coverage
from bench.ocr.count import KINDS, count_by, count_fields, count_sections, count_verdicts, fields_of
from bench.ocr.elsewhere import leave_figures, rows_from_elsewhere
from bench.ocr.papers import Plan
from bench.ocr.reader_print import reader_digest
from bench.ocr.readme import BEGIN, END, describe_run, write_readme
from bench.ocr.records import CheckRecord, FieldRecord, PageRecord, SectionRecord, Shot, dump_shots, parse_shots
from bench.ocr.report import write_report
from bench.ocr.run import Limits, extend_run, load_run
from bench.ocr.score import lower_bound, upper_bound
from bench.ocr.table import make_table

PAGE = PageRecord(2, None, None, 2, True, 40.0, 0.5)
FIELD = FieldRecord(
    "suara_01", 2, "suara", 123, "123", "", None, 123, 0.9999, True, None, "123", None, 123, 0.9999,
)  # fmt: skip
SHOT = Shot(0, "photo", "segments, felt pen", (PAGE,), (FIELD,), (SectionRecord("suara", True, True, True, 1e-5),), ())


def shot_of(*fields: FieldRecord, tier: str = "photo") -> Shot:
    return replace(SHOT, fields=fields, tier=tier)


@pytest.mark.parametrize(
    ("failures", "trials", "upper"),
    [(0, 30_000, 9.985e-5), (0, 10, 0.25887), (1, 100, 0.04656), (5, 5, 1.0), (0, 0, 1.0)],
)
def test_bounds_are_exact(failures: int, trials: int, upper: float) -> None:
    assert upper_bound(failures, trials) == pytest.approx(upper, rel=1e-3)


def test_bounds_from_below_mirror_those_from_above() -> None:
    assert lower_bound(95, 100) == pytest.approx(1 - upper_bound(5, 100), abs=1e-6)
    assert lower_bound(0, 100) == 0
    assert lower_bound(3, 3) == pytest.approx(0.05 ** (1 / 3), abs=1e-6)


def test_a_refused_page_counts_its_fields_as_not_right() -> None:
    unread = replace(FIELD, value=None, digits="", sure=False, shown=None)
    count = count_fields([FIELD, unread, replace(FIELD, value=None, sure=False), replace(FIELD, value=124)])
    assert (count.fields, count.right, count.sure, count.sure_wrong, count.open, count.open_right) == (4, 1, 2, 1, 1, 1)


def test_an_empty_field_left_open_is_right() -> None:
    empty = replace(FIELD, shown=None, symbols="___", value=None, sure=False, digits="___")
    assert empty.right
    assert not replace(empty, value=0).right


def test_only_sections_whose_paper_closes_are_asked_to_be_sure() -> None:
    sections = [
        SectionRecord("suara", closes, sure, right, None)
        for closes, sure, right in [(True, True, True), (True, True, False), (True, False, True), (False, True, False)]
    ]
    count = count_sections([replace(SHOT, sections=tuple(sections))], ["photo"], "suara")
    assert (count.sections, count.sure, count.sure_wrong) == (3, 2, 1)


def test_whole_papers_are_counted_apart_from_those_without_page_1() -> None:
    sure, unsure = (replace(SHOT, sections=(SectionRecord("suara", True, one, True, None),)) for one in (True, False))
    with_page_1 = replace(sure, pages=(PAGE, replace(PAGE, page=1, read_page=1)))
    row = next(row for row in make_table([with_page_1, sure, unsure]) if row.measure.startswith("– by the pages"))
    assert row.seen == "100.00% of 1 with page 1, 50.00% of 2 without"


def test_a_long_run_draws_the_hard_tier_at_its_beginning_only() -> None:
    plan = Plan(seed=5, hard_every=4, hard_papers=8)
    assert [number for number in range(20) if "hard" in plan.conditions(number)] == [0, 4]
    assert Plan(seed=5, tiers=("hard",), hard_papers=8).conditions(9) == ("hard",)


def test_paper_and_reader_are_held_against_the_paper() -> None:
    checks = (
        CheckRecord("a", False, False, "paper", 0.99, True),
        CheckRecord("b", True, False, "paper", 0.6, False),
        CheckRecord("c", True, False, "reader", 0.1, False),
        CheckRecord("d", False, True, None, 0.2, False),
    )
    count = count_verdicts([replace(SHOT, checks=checks)], ["photo"])
    assert (count.broken_on_paper, count.paper, count.paper_right) == (2, 2, 1)
    assert (count.reader, count.reader_right, count.missed) == (1, 1, 1)


def test_errors_expected_are_held_against_errors_seen() -> None:
    fields = [replace(FIELD, confidence=0.9, value=123 if at % 10 < 8 else 0) for at in range(1000)]
    (only,) = bin_errors(claims(fields))
    assert (only.count, only.wrong) == (1000, 200)
    assert only.expected == pytest.approx(100)
    assert only.ratio == pytest.approx(2.0)
    assert calibration_error(claims(fields)) == pytest.approx(0.1)


def test_a_field_left_open_is_held_to_its_likeliest_number() -> None:
    left_open = replace(FIELD, value=None, sure=False, confidence=0.7, claimed=128, probability=0.6)
    blank = replace(FIELD, value=None, claimed=None)
    assert claims([FIELD, left_open, blank, replace(FIELD, digits="", value=None)]) == [(0.9999, True), (0.6, False)]


def test_the_most_certain_fields_come_first_and_ties_together() -> None:
    fields = [replace(FIELD, confidence=share, value=value) for share, value in ((0.9, 1), (0.99, 123), (0.9, 123))]
    unread = replace(FIELD, digits="", value=None)
    assert risk_coverage([*fields, unread]) == [(0.25, 0.0, 0.99), (0.75, pytest.approx(1 / 3), 0.9)]


def test_fields_are_counted_by_condition() -> None:
    shots = [shot_of(FIELD, replace(FIELD, symbols="X23", corrected="struck", value=None, sure=False))]
    leading = count_by(shots, ["photo"], KINDS["leading place"], "suara")
    assert {name: count.fields for name, count in leading.items()} == {"X": 1, "none": 1}
    assert count_by(shots, ["photo"], KINDS["correction"], "suara")["struck"].right == 0
    assert list(count_by(shots, ["photo"], KINDS["box"], "suara")) == ["32 to 45 px"]


def test_right_fields_are_counted_on_papers_with_all_their_pages() -> None:
    first = replace(PAGE, page=1, read_page=1)
    shots = [SHOT, replace(SHOT, pages=(PAGE, first), fields=(FIELD, replace(FIELD, value=1)))]
    row = next(row for row in make_table(shots) if row.measure == "fields right, photo, whole papers")
    assert row.seen.startswith("50.00% of 2;")


def test_one_wrong_sure_field_fails_the_goal_and_too_few_say_nothing() -> None:
    def verdict(shots: list[Shot]) -> bool | None:
        return next(row.met for row in make_table(shots) if row.measure.startswith("votes sure"))

    assert verdict([SHOT] * 10) is None
    assert verdict([SHOT] * 30_000) is True
    assert verdict([SHOT] * 9_000 + [shot_of(replace(FIELD, value=7))]) is False


@pytest.mark.parametrize(("wrong", "met"), [(20, True), (5, False), (70, False)])
def test_a_condition_that_is_wrong_too_often_or_too_seldom_fails_by_itself(wrong: int, *, met: bool) -> None:
    struck = replace(FIELD, corrected="struck", value=None, sure=False, claimed=123, probability=0.75)
    others = [replace(struck, claimed=7)] * wrong + [struck] * (120 - wrong)
    shots = [shot_of(FIELD, one) for one in others] + [shot_of(replace(FIELD, value=7, confidence=0.6, sure=False))] * 9
    row = next(row for row in make_table(shots) if "conditions" in row.measure)
    assert row.met is met
    assert "suara correction struck" in row.seen


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of two papers, page 1 of the first only."""
    folder = tmp_path_factory.mktemp("run")
    extend_run(folder, Plan(seed=5, tiers=("scan",), page_1_every=1_000), Limits(2, 1.0))
    return folder


def test_a_run_goes_on_where_it_stopped(run: Path) -> None:
    file = run / "papers.jsonl"
    whole = load_run(run)
    first, second = (line for line in file.read_text().splitlines() if line)
    file.write_text(first + "\n" + second[: len(second) // 2])
    assert list(load_run(run)) == [0]
    calls: list[tuple[int, int, float]] = []
    plan = Plan(seed=5, tiers=("scan",), page_1_every=1_000)
    again = extend_run(run, plan, Limits(2, 1.0), progress=lambda *args: calls.append(args))
    assert [(done, wanted) for done, wanted, _ in calls] == [(2, 2)]
    assert [field.value for field in again[1][0].fields] == [field.value for field in whole[1][0].fields]
    assert extend_run(run, plan, Limits(5, 0.0)) == load_run(run)
    shots = [shot for one in again.values() for shot in one]
    assert "seed 5, 2 papers, 5 photographs, net " in describe_run(run, shots)


def test_what_is_drawn_is_what_the_records_say(run: Path) -> None:
    (shot,) = load_run(run)[1]
    assert [page.page for page in shot.pages] == [2, 3]
    assert all(page.identified and page.box_px > 20 for page in shot.pages)
    assert len(fields_of([shot], ["scan"], "suara")) == 6
    assert sum(field.right for field in shot.fields) >= 5
    assert [section.name for section in shot.sections] == ["suara"]


def test_records_come_back_as_they_were() -> None:
    checks = (CheckRecord("a", False, None, None, None, False),)
    shot = replace(SHOT, fields=(replace(FIELD, other=((7, 0.1), (8, 0.05)), picture="pictures/a.jpg"),), checks=checks)
    assert parse_shots(dump_shots([shot, SHOT])) == [shot, SHOT]


def test_the_report_shows_every_error_with_its_picture(tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    (run / "pictures").mkdir(parents=True)
    (run / "pictures/a.jpg").write_bytes(b"picture")
    wrong = replace(FIELD, value=128, picture="pictures/a.jpg", other=((123, 1e-4),))
    refused = replace(PAGE, refused="too_blurred", detail="<b>0.03 of contrast</b>", read_page=None)
    shots = [replace(shot_of(wrong), pages=(PAGE, refused))]
    page = write_report(out, "words", make_table(shots), shots, run).read_text()
    assert (out / "pictures/a.jpg").read_bytes() == b"picture"
    assert 'src="pictures/a.jpg"' in page
    assert 'data-kind="sure"' in page
    assert "123 0.0001" in page
    assert "&lt;b&gt;0.03 of contrast" in page
    assert page.count("<svg") == 3
    assert "http" not in page.replace("http-equiv", "")


def test_the_readme_keeps_what_people_wrote(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nyesterday\n{END}\nafter\n")
    write_readme("run of today", make_table([SHOT]), [SHOT], readme)
    page = readme.read_text()
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "yesterday" not in page
    assert "run of today" in page
    readme.write_text("no marks")
    with pytest.raises(ValueError, match="lost its marks"):
        write_readme("run", [], [SHOT], readme)


def test_figures_of_other_programs_become_rows(tmp_path: Path) -> None:
    model = tmp_path / "digits.json"
    model.write_text(json.dumps({"sha256": "0" * 64, "figures": {"real_five_fold": {"accuracy": 0.99, "pictures": 5}}}))
    broken = {"photographs": 3_003, "read_wrongly": 0, "read_wrongly_below": 1e-3, "sure_values_wrong": 0}
    broken |= {"to_be_refused": 800, "to_be_refused_but_read": 0, "values_named": 5_000}
    broken |= {"values_misread_on_flawless_scans_too": 2}
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    row = {"measure": "speed", "goal": "4", "seen": "5", "met": True}
    (tmp_path / "speed.json").write_text(json.dumps({"rows": [row]}))
    assert [one.met for one in rows_from_elsewhere(tmp_path, model)] == [False, True, True, True]
    (tmp_path / "broken.json").write_text(json.dumps(broken | {"to_be_refused_but_read": 1}))
    assert [one.met for one in rows_from_elsewhere(tmp_path, model)] == [False, False, True, True]


def test_figures_of_another_reader_say_so(tmp_path: Path) -> None:
    model, figures = tmp_path / "digits.json", tmp_path / "figures"
    model.write_text(json.dumps({"sha256": "0" * 64, "figures": {"real_five_fold": {"accuracy": 1.0, "pictures": 5}}}))
    row = {"measure": "speed", "goal": "4", "seen": "5", "met": True}
    leave_figures("speed", {"rows": [row]}, figures)
    assert rows_from_elsewhere(figures, model)[1].seen == "5"
    (figures / "speed.json").write_text(json.dumps({"reader": "0123456789ab", "rows": [row]}))
    assert rows_from_elsewhere(figures, model)[1].seen == "5 (reader 0123456789ab, changed since)"


def test_a_reader_is_what_its_code_does_not_what_is_said_of_it(tmp_path: Path) -> None:
    def digest(source: str, where: str) -> str:
        code = tmp_path / where / "ocr"
        code.mkdir(parents=True)
        (code / "read.py").write_text(source)
        return reader_digest(code.parent)

    plain = digest("LEAST = 5\ndef read():\n    return LEAST\n", "plain")
    assert (
        digest('"""Said."""\nLEAST = 5  # why\n"""And why."""\ndef read():\n    """So."""\n    return LEAST\n', "said")
        == plain
    )
    assert digest("LEAST = 6\ndef read():\n    return LEAST\n", "changed") != plain
