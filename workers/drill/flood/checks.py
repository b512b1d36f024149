"""What the flood may have cost, asked of the database: what people must look at, and which genuine forms were lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from workers.drill.flood.plan import Size

ITEMS_SPARE = 10
"""Items that reviewers may see beside one for each picture of the flood: 60 for 50 pictures."""
GENUINE_LOST_MAX = 1 / 1000
COPIES_COUNTED_MAX = 1 / 20
"""Of the copies of forms no more may still stand as photographs of a TPS, beside one a picture."""

_ITEMS = text(
    """SELECT (SELECT count(*) FROM photo_cluster WHERE state = 'open') AS clusters,
              (SELECT count(*) FROM photo_appeal WHERE state = 'open') AS appeals,
              (SELECT count(*) FROM review_case WHERE state = 'open') AS cases,
              (SELECT count(*) FROM tps_section WHERE wanted = 'review') AS reviews"""
)
_STATES = text(
    """SELECT f.kind, f.form, p.state, p.state_code AS code, count(*) AS photos
       FROM unnest(CAST(:photos AS bigint[]), CAST(:kinds AS text[]), CAST(:forms AS bool[])) AS f (photo, kind, form)
       JOIN photo p ON p.id = f.photo GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
)
_LEFT = text("SELECT count(*) FROM photo WHERE state = 'received'")


@dataclass(frozen=True)
class Sent:
    """One upload that was acknowledged. ``form``: it shows a form; ``picture``: see the plan."""

    photo_id: int
    kind: str
    form: bool
    picture: int


@dataclass(frozen=True)
class Findings:
    """What was counted.

    ``lost``: genuine forms that a machine set aside as copies or rejected; ``unreadable``: genuine forms that a reader
    refused, so that the sender is asked for another; ``counted``: copies of forms that stand by themselves, beside one
    a picture; ``left``: photographs that nobody has read.
    """

    items: Mapping[str, int]
    states: Mapping[str, int]
    lost: int
    unreadable: int
    counted: int
    left: int

    @property
    def seen(self) -> int:
        """Return how many items reviewers see."""
        return sum(self.items.values())


def count_sent(size: Size, sent: Sequence[Sent]) -> Size:
    """Return the size of what was sent, which is less than was planned where the time was over."""
    kinds = Counter(one.kind for one in sent)
    pictures = len({one.picture for one in sent if one.kind == "copy"})
    return replace(
        size, copies=kinds["copy"], pictures=pictures, genuine=kinds["genuine"], others=kinds["other"], minutes=0
    )


async def count_costs(session: AsyncSession, sent: Sequence[Sent]) -> Findings:
    """Count what the flood left behind."""
    items = (await session.execute(_ITEMS)).one()._asdict()
    columns = {
        "photos": [one.photo_id for one in sent],
        "kinds": [one.kind for one in sent],
        "forms": [one.form for one in sent],
    }
    states: dict[str, int] = {}
    for row in await session.execute(_STATES, columns):
        name = f"{row.kind}{'' if row.form else ' (no form)'}: {row.state}{f'/{row.code}' if row.code else ''}"
        states[name] = states.get(name, 0) + row.photos
    forms = len({one.picture for one in sent if one.kind == "copy" and one.form})
    genuine = {name: count for name, count in states.items() if name.startswith("genuine")}
    return Findings(
        items=items,
        states=states,
        lost=sum(count for name, count in genuine.items() if ": duplicate" in name or ": rejected" in name),
        unreadable=sum(count for name, count in genuine.items() if ": refused" in name),
        counted=max(0, sum(count for name, count in states.items() if name.startswith("copy: read")) - forms),
        left=int((await session.execute(_LEFT)).scalar_one()),
    )


def judge(found: Findings, size: Size) -> list[str]:
    """Return what is beyond its bound; empty when all held."""
    wrong = []
    if found.left:
        wrong.append(f"{found.left} photographs still wait to be read")
    if found.seen > (most := size.pictures + ITEMS_SPARE):
        wrong.append(f"reviewers see {found.seen} items, more than {most}")
    if found.lost > (allowed := int(size.genuine * GENUINE_LOST_MAX)):
        wrong.append(f"{found.lost} genuine forms of {size.genuine} were set aside by machine, more than {allowed}")
    if found.counted > (allowed := int(size.copies * COPIES_COUNTED_MAX)):
        wrong.append(f"{found.counted} copies of {size.copies} stand as photographs of a TPS, more than {allowed}")
    return wrong
