"""Every rule, in the order in which they are told, and how to run them."""

from collections.abc import Iterable, Mapping

from app.core.errors import InvalidInputError
from app.discrepancy.rules import bounds, neighbours, numbers, outliers, sums
from app.discrepancy.rules.figures import Figures
from app.discrepancy.rules.finding import Finding, Rule
from app.pemilu.definition import Contest

CATALOGUE_VERSION = "2"
"""Goes with every report: the same figures and the same version give the same findings."""

RULES: tuple[Rule, ...] = (
    numbers.NUMBER,
    sums.OFFICIAL_SUM,
    sums.FORM_SUM,
    sums.UNEQUAL_TOTALS,
    bounds.ABOVE_VOTERS,
    bounds.ABOVE_BALLOTS,
    bounds.ABOVE_STATION,
    numbers.UNPUBLISHED,
    numbers.UNPHOTOGRAPHED,
    neighbours.IDENTICAL,
    outliers.OUTLIER,
)

BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}


def choose_rules(codes: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules with these codes, in the catalogue's order.

    Raises:
        InvalidInputError: there is no such rule.
    """
    wanted = set(codes)
    unknown = sorted(wanted - BY_CODE.keys())
    if unknown:
        raise InvalidInputError(f"There is no rule {unknown[0]!r}.", f"Choose of: {', '.join(BY_CODE)}.")
    return tuple(rule for rule in RULES if rule.code in wanted)


def find_all(figures: Figures, contest: Contest, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """Return what the rules find, by TPS, then in the order of the rules."""
    order = {rule.code: place for place, rule in enumerate(RULES)}
    found = [finding for rule in rules for finding in rule.find(figures, contest)]
    return tuple(sorted(found, key=lambda one: (one.tps_kode, order[one.code])))
