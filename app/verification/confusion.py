"""Which wrong number does somebody write who errs? Digits that are taken for one another, as one function. Pure.

Pairs from what people and machines mistook on result sheets (Sirekap 2024 as corrected, KawalPemilu 2019): 3 and 8, 2
and 7, 1 and 7, 0 and 6, 5 and 6. ``estimate_confusions`` measures them anew on decided sections; this table is part of
the rule's version and does not follow by itself, or old decisions could not be computed again.

Which way it errs: the rule never takes less than the policy's flat ``collision``, so the table can only ask for one
more reading, never for one less.
"""

from functools import lru_cache

from app.verification.evidence import RulePolicy

LIKE_DIGITS = ("38", "27", "17", "06", "56")
"""Digits that are taken for one another, either way."""

_LIKE = 1.0
_UNLIKE = 0.05
"""Of two digits that do not look alike, beside 1 for two that do."""

_ELSEWHERE = 1.0
"""Of everything but one wrong digit: a line missed, digits exchanged, one too many."""

_WEIGHTS = {
    (true, said): _LIKE if true + said in LIKE_DIGITS or said + true in LIKE_DIGITS else _UNLIKE
    for true in "0123456789"
    for said in "0123456789"
    if said != true
}
_OF_DIGIT = {true: sum(_WEIGHTS[true, said] for said in "0123456789" if said != true) for true in "0123456789"}


@lru_cache(maxsize=65_536)
def share_of_errors(said: int, true: int) -> float:
    """Return P(he writes ``said`` | ``true`` stands there, and he errs), 0..1; 0 where more than one digit differs.

    One digit is wrong, at a place and to a digit as likely as the two look alike. Longer numbers have more places to
    err at, so each single mistake is rarer there.
    """
    wanted, written = str(true), str(said)
    if len(wanted) != len(written):
        return 0.0
    wrong = [pair for pair in zip(wanted, written, strict=True) if pair[0] != pair[1]]
    if len(wrong) != 1:
        return 0.0
    return _WEIGHTS[wrong[0]] / (sum(_OF_DIGIT[digit] for digit in wanted) + _ELSEWHERE)


def collide(said: int, true: int, policy: RulePolicy) -> float:
    """Return what the rule takes for P(he writes ``said`` | ``true``, he errs): the table's or the flat, the larger.

    ``policy.like_digits`` above 1 means that the ink is to blame: a 3 that one takes for an 8 the next will, too.
    """
    return max(policy.collision, min(1.0, policy.like_digits * share_of_errors(said, true)))
