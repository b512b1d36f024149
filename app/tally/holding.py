"""Whether the numbers of a contest are held back: asked by everything that shows, publishes or exports them."""

from datetime import datetime

from app.pemilu.definition import Contest
from app.pemilu.publication import may_publish


def is_held(contest: Contest, now: datetime | None = None) -> bool:
    """Tell whether the contest's numbers are not to be seen at ``now`` (with its zone; the present, when left out).

    The moment stands in the election file (``publish_not_before``). Indonesian law lets quick counts be announced two
    hours after voting has ended in the western zone at the earliest (Law 7/2017, article 449 (5)). What is held is
    every number of a ballot: sums, results of TPS, official figures beside them, discrepancies. The present is this
    server's clock: one that goes ahead opens too early.
    """
    return not may_publish(contest, now=now)
