"""A monitor's own rules: what they mean, and what is refused with place and remedy."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.discrepancy.rules.expression import DEPTH_MAX, LENGTH_MAX, ExpressionError, parse_expression
from app.discrepancy.rules.figures import lay_figures

FIELDS = ("suara_01", "suara_02", "suara_sah")
TPS = tuple(f"31710310040{number:02d}" for number in range(1, 5))
OURS = dict(zip(TPS, [(144, 19, 163), (144, 19, None), (0, 0, 0), (None, None, None)], strict=True))
OFFICIAL = dict(zip(TPS, [(744, 19, 163), (144, 19, 163), (5, 0, 4), (10, 20, 30)], strict=True))
FIGURES = lay_figures(FIELDS, OURS, OFFICIAL)


def find(text: str) -> list[int]:
    return [int(kode[-2:]) for kode in parse_expression(text, FIELDS).find(FIGURES)]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("official.suara_01 > 300", [1]),
        ("official.suara_01 + official.suara_02 != official.suara_sah", [1, 3]),
        ("official.suara_01 != ours.suara_01", [1, 3]),
        ("not official.suara_01 != ours.suara_01", [2]),
        ("ours.suara_sah = 163 or official.suara_02 = 20", [1, 4]),
        ("official.suara_02 = 19 and ours.suara_sah = 163", [1]),
        ("not (official.suara_02 = 19 and ours.suara_sah = 163)", [3, 4]),
        ("official.suara_01 = 10 or official.suara_01 = 5 and official.suara_02 = 0", [3, 4]),
        ("(official.suara_01 = 10 or official.suara_01 = 5) and official.suara_02 = 0", [3]),
        ("2 + 3 * 2 = official.suara_01 + 3", [3]),
        ("(2 + 3) * 2 = official.suara_01", [4]),
        ("abs(ours.suara_01 - official.suara_01) >= 5", [1, 3]),
        ("-official.suara_01 < -700", [1]),
        ("10 - 3 - 2 = official.suara_01", [3]),
        ("known(ours.suara_01) and not known(ours.suara_sah)", [2]),
        ("  official.suara_01=5  ", [3]),
    ],
)
def test_it_means_what_it_says(text: str, where: list[int]) -> None:
    assert find(text) == where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Character 1: 'the end' is no number"),
        ("official.suara_09 > 1", "Character 1: there is no field 'suara_09'"),
        ("official.suara_01", "Character 18: a comparison is missing before 'the end'"),
        ("official.suara_01 > ", "Character 21: 'the end' is no number"),
        ("1 < 2 ours.suara_01 > 2", "Character 7: here something is left over"),
        ("(1 < 2", "is missing before"),
        ("(1 < 2 and 3) = 4", "Character 13: a comparison is missing before ')'"),
        ("1 < 2; DROP", "Character 6: ';' means nothing here"),
        ("__import__ > 1", "'__import__' is no number"),
        ("official.suara_01 > 12345678", "Character 21: 12345678 is too large"),
        ("official.suara_01 == 1", "Character 20: '=' is no number"),
        ("(" * 3000, "3000 characters"),
        ("(" * (DEPTH_MAX + 1) + "1 < 2", "inside one another"),
        ("not " * (DEPTH_MAX + 1) + "1 < 2", "inside one another"),
        ("- " * (DEPTH_MAX + 1) + "1 < 2", "inside one another"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place_and_a_remedy(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text, FIELDS)
    assert words in str(caught.value)
    assert caught.value.remedy


@given(st.text("()+-*<>=! .officalursknwd_0123456789", max_size=LENGTH_MAX))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        found = parse_expression(text, FIELDS).find(FIGURES)
    except ExpressionError:
        return
    assert set(found) <= set(TPS)


SIGNS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@given(st.sampled_from(sorted(SIGNS)), st.integers(-50, 800), st.sampled_from(FIELDS))
def test_a_comparison_is_pythons_own(sign: str, number: int, field: str) -> None:
    place = FIELDS.index(field)
    wanted = [int(kode[-2:]) for kode in TPS if SIGNS[sign](OFFICIAL[kode][place], number)]
    assert find(f"official.{field} {sign} {number}") == wanted
    assert parse_expression(f"official.{field} {sign} {number}", FIELDS).fields == {("official", field)}
