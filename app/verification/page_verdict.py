"""What the readings of one photograph say about each of its fields. Pure; no photo is compared with another here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.verification.evidence import READERS_NEEDED, ReadingInput, RulePolicy
from app.verification.posterior import Claim, weigh


@dataclass(frozen=True)
class FieldVerdict:
    """One field of one photo. ``value`` is the best supported number, ``wrong`` the probability that it is not true.

    ``readers``: who states ``value``; ``humans``: the people among them; ``values``: all numbers that somebody stated;
    ``unreadable``: a person (not a reviewer) could not tell; ``ruled``: a reviewer and another reader state ``value``;
    ``stuck``: a reviewer read it and no other reader agrees, or two reviewers differ, or he could not tell.
    """

    field: str
    value: int | None
    wrong: float
    readers: frozenset[str]
    humans: frozenset[str]
    values: frozenset[int]
    unreadable: bool
    ruled: bool
    stuck: bool

    def settled(self, bound: float) -> bool:
        """Tell whether the rule takes ``value``: two readers, one human, and the bound or a reviewer's word."""
        if self.stuck or len(self.readers) < READERS_NEEDED or not self.humans:
            return False
        return self.ruled or (not self.unreadable and self.wrong <= bound)


@dataclass(frozen=True)
class PageVerdict:
    """One photo of one page. ``readings``: those that count, by id; ``people``: who read it, reviewers apart."""

    page: int
    photo_id: int
    uploader: str
    official: bool
    readings: tuple[ReadingInput, ...]
    fields: tuple[FieldVerdict, ...]
    people: frozenset[str]

    def open_fields(self, bound: float) -> tuple[str, ...]:
        """Fields that the rule does not take yet."""
        return tuple(verdict.field for verdict in self.fields if not verdict.settled(bound))

    def stuck_fields(self) -> tuple[str, ...]:
        """Fields that asking one more person will not settle."""
        return tuple(verdict.field for verdict in self.fields if verdict.stuck)

    def numbers(self) -> dict[str, int | None]:
        """Return the best supported number of each field."""
        return {verdict.field: verdict.value for verdict in self.fields}

    def reviewer_could_not_tell(self) -> bool:
        """Tell whether a reviewer left a field of this photo open."""
        return any(one.mode == "review" and None in one.numbers.values() for one in self.readings)

    def machine(self) -> ReadingInput | None:
        """Return the machine's reading, if it has one."""
        return next((reading for reading in self.readings if reading.kind == "machine"), None)


def keep_countable(readings: Iterable[ReadingInput]) -> tuple[ReadingInput, ...]:
    """Return the readings that count, by id: none by the photo's own uploader, one a reader, photo and page.

    Of two by one person the first counts (a second look is no second reader); of two by the machine the last (a newer
    model replaces the older).
    """
    kept: dict[tuple[int, int, str], ReadingInput] = {}
    for reading in sorted(readings, key=lambda one: one.id):
        if reading.kind == "machine":
            kept[reading.photo_id, reading.page, "machine"] = reading
        elif reading.reader != reading.uploader:
            kept.setdefault((reading.photo_id, reading.page, reading.reader), reading)
    return tuple(sorted(kept.values(), key=lambda one: (one.id, one.page)))


def judge_page(readings: Sequence[ReadingInput], fields: Sequence[str], policy: RulePolicy) -> PageVerdict:
    """Return the verdict on one photo. ``readings`` are those of this photo that count; there is one at least."""
    first = readings[0]
    return PageVerdict(
        page=first.page,
        photo_id=first.photo_id,
        uploader=first.uploader,
        official=first.source == "official",
        readings=tuple(readings),
        fields=tuple(judge_field(name, readings, policy) for name in fields),
        people=frozenset(one.reader for one in readings if one.mode in {"blind", "confirm"}),
    )


def judge_field(name: str, readings: Sequence[ReadingInput], policy: RulePolicy) -> FieldVerdict:
    """Return the verdict on one field, from all readings of its photo."""
    stating = [one for one in readings if one.numbers.get(name) is not None]
    ruling = [one for one in readings if one.mode == "review" and name in one.numbers]
    # A reviewer's word goes before the weight of the others; the probability is told honestly all the same.
    ruled = ruling[0].numbers[name] if ruling else None
    weighed = weigh((_claim(one, name) for one in stating), policy, ruled=ruled)
    value = None if weighed is None else weighed.value
    agreeing = [one for one in stating if one.numbers[name] == value]
    return FieldVerdict(
        field=name,
        value=value,
        wrong=1.0 if weighed is None else weighed.wrong,
        readers=frozenset(one.reader for one in agreeing),
        humans=frozenset(one.reader for one in agreeing if one.kind == "human"),
        values=frozenset(number for one in stating if (number := one.numbers[name]) is not None),
        unreadable=any(one.kind == "human" and one.numbers.get(name, 0) is None for one in readings),
        ruled=ruled is not None and len({one.reader for one in agreeing}) >= READERS_NEEDED,
        stuck=_stuck(name, ruling, stating),
    )


def _claim(reading: ReadingInput, name: str) -> Claim:
    value = reading.numbers[name]
    assert value is not None
    return Claim(value, reading.error_rates[name], reading.confirms(name))


def _stuck(name: str, ruling: Sequence[ReadingInput], stating: Sequence[ReadingInput]) -> bool:
    """Tell whether a reviewer has read the field and nobody else says the same although others said something."""
    ruled = {one.numbers[name] for one in ruling}
    if not ruled:
        return False
    if len(ruled) > 1 or None in ruled:
        return True
    others = [one for one in stating if one is not ruling[0]]
    return bool(others) and all(one.numbers[name] not in ruled for one in others)
