"""How much a difference moves. Pure.

Only votes weigh: a number of voters or ballots that is written wrongly moves no seat, however large it is. Which
numbers are votes, the contest says: its choices, and the fields that its form calls ``suara``. The effect on the margin
of a region depends on what has been added up so far, so it is not kept but computed when looked at (``margin``).
"""

from dataclasses import dataclass

from app.discrepancy.kinds import DESCRIPTIVE
from app.discrepancy.models import Severity
from app.discrepancy.rules.finding import Finding
from app.pemilu.definition import Contest

_VOTES = "suara_"


@dataclass(frozen=True)
class Weight:
    """``votes`` moved, without the sign, and the size that the contest's policy gives them."""

    votes: int
    severity: Severity


class Scale:
    """Weighs the findings of one contest."""

    def __init__(self, contest: Contest) -> None:
        """Learn which fields and sums of ``contest`` are votes, and its thresholds."""
        self._policy = contest.discrepancies
        choices = {choice.field for choice in contest.choices}
        fields = {name for name in contest.fields if name in choices or name.startswith(_VOTES)}
        sums = {identity.key for identity in contest.identities if identity.total in fields}
        self._of_votes = frozenset({*fields, *sums})

    def weigh(self, finding: Finding) -> Weight:
        """Return how much a finding moves. A bound (``above_...``) is one of votes; what describes moves none.

        Of two totals that should be equal (``votes=voters``) the first says what they are.
        """
        of_votes = finding.field.partition("=")[0] in self._of_votes or finding.code.startswith("above_")
        if finding.code in DESCRIPTIVE or not of_votes:
            return Weight(0, "none")
        votes = abs(finding.difference)
        if votes >= self._policy.large_from:
            return Weight(votes, "large")
        return Weight(votes, "medium" if votes >= self._policy.medium_from else "small")
