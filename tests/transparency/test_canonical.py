"""The canonical spelling: RFC 8785's own examples, and what must be refused."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.transparency.canonical import NotCanonicalError, canonical_json, canonical_sha256

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        # RFC 8785, appendix B, and section 3.2.3.
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1.0, "1"),
        ('\u20ac$\x0f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
    ],
)
def test_spells_as_the_standard_does(value: object, spelling: str) -> None:
    assert canonical_json(value).decode("utf-8") == spelling


def test_keys_are_sorted_by_utf16_units() -> None:
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}

    assert list(json.loads(canonical_json(keys))) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@given(JSON)
def test_the_quick_way_spells_as_the_library_of_the_standard_does(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", "a\0b", {1: 2}, {"a": {1}}, b"x"])
def test_refuses_what_has_no_single_spelling(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_json(value)


@given(JSON)
def test_reads_back_as_the_same_value_and_hash(value: object) -> None:
    text = canonical_json(value)

    again = json.loads(text, parse_int=float)

    assert canonical_json(again) == text
    assert canonical_sha256(again) == canonical_sha256(value)
