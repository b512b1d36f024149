"""What a difference does to the lead of the first choice over the second. Pure arithmetic over what is added up so far.

It says nothing of what is not counted yet: a margin over a part of the TPS is the margin of that part.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.pemilu.definition import Contest


@dataclass(frozen=True)
class MarginEffect:
    """The lead in a region with our number, and with the official one in its place. ``leader``, ``second``: fields.

    ``moved``: the lead with the official number minus ours. ``turns``: with it another choice would lead.
    """

    leader: str
    second: str
    ours: int
    moved: int

    @property
    def turns(self) -> bool:
        """Tell whether the lead would be gone."""
        return self.ours + self.moved < 0 < self.ours


def weigh_margin(sums: Mapping[str, int], contest: Contest, field: str, difference: int) -> MarginEffect | None:
    """Return what ``difference`` (official - ours) votes for the choice ``field`` do to the lead in a region.

    ``sums``: our votes of the region by field. None for a field that is no choice, or with fewer than two choices.
    The lead afterwards is that of the same leader over whoever comes next then, be it the third of before.
    """
    votes = {choice.field: sums[choice.field] for choice in contest.choices}
    if field not in votes or len(votes) < 2:  # noqa: PLR2004 - a lead needs two
        return None
    leader, second, *_ = sorted(votes, key=lambda name: -votes[name])
    ours = votes[leader] - votes[second]
    votes[field] += difference
    lead = votes[leader] - max(count for name, count in votes.items() if name != leader)
    return MarginEffect(leader, second, ours, lead - ours)
