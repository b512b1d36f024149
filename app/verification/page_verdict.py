"""What the readings of one photograph say about each of its fields. Pure; no photo is compared with another here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from operator import attrgetter

from app.verification.evidence import READERS_NEEDED, Asked, NeedReading, ReadingInput, RulePolicy, UnreadPhoto
from app.verification.posterior import make_claim, weigh

_BY_ID = attrgetter("id")
_BY_ID_AND_PAGE = attrgetter("id", "page")


@dataclass(frozen=True)
class FieldVerdict:
    """One field of one photo. ``value`` is the best supported number, ``wrong`` the probability that it is not true.

    ``settled``: the rule takes ``value``. ``values``: all numbers that somebody stated; ``unreadable``: a person (not a
    reviewer) could not tell; ``ruled``: a reviewer and another reader state ``value``; ``stuck``: a reviewer read it
    and no other reader agrees, or two reviewers differ, or he could not tell.
    """

    field: str
    value: int | None
    wrong: float
    settled: bool
    values: frozenset[int]
    unreadable: bool
    ruled: bool
    stuck: bool


@dataclass(frozen=True)
class PageVerdict:
    """One photo of one page. ``readings``: those that count, by id; ``people``: who read it, reviewers apart.

    ``uploader`` and ``people`` are parties: accounts that are linked are one. ``newcomer``: see :class:`ReadingInput`.
    """

    page: int
    photo_id: int
    uploader: str
    official: bool
    readings: tuple[ReadingInput, ...]
    fields: tuple[FieldVerdict, ...]
    people: frozenset[str]
    newcomer: bool = False

    def open_fields(self) -> tuple[str, ...]:
        """Fields that the rule does not take yet."""
        return tuple(verdict.field for verdict in self.fields if not verdict.settled)

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


def ask_for(asked: Asked, why: str, chosen: Mapping[int, PageVerdict], fields: Sequence[str] = ()) -> NeedReading:
    """Ask for the photos that hold ``fields``; without fields, for all chosen photos."""
    wanted = {
        page: verdict.photo_id
        for page, verdict in chosen.items()
        if not fields or any(one.field in fields for one in verdict.fields)
    }
    return NeedReading(asked, why, tuple(fields), wanted)


def take_numbers(chosen: Mapping[int, PageVerdict]) -> dict[str, int]:
    """Return the best supported numbers of the chosen photos; fields that nobody could tell are left out."""
    found = {one.field: one.value for verdict in chosen.values() for one in verdict.fields}
    return {name: value for name, value in found.items() if value is not None}


def keep_countable(readings: Iterable[ReadingInput]) -> tuple[ReadingInput, ...]:
    """Return the readings that count, by id: none by who uploaded the photo, one a party, photo and page.

    Linked accounts are one party: none of them reads what another uploaded, and together they count once. Of two by one
    party the first counts (a second look is no second reader); of two by the machine the last (a newer model replaces
    the older).
    """
    kept: dict[tuple[int, int, str], ReadingInput] = {}
    for reading in sorted(readings, key=_BY_ID):
        if reading.kind == "machine":
            kept[reading.photo_id, reading.page, "machine"] = reading
        elif (party := reading.party) != reading.uploader_party:
            kept.setdefault((reading.photo_id, reading.page, party), reading)
    return tuple(sorted(kept.values(), key=_BY_ID_AND_PAGE))


def judge_page(readings: Sequence[ReadingInput], fields: Sequence[str], policy: RulePolicy) -> PageVerdict:
    """Return the verdict on one photo. ``readings`` are those of this photo that count; there is one at least."""
    first = readings[0]
    return PageVerdict(
        page=first.page,
        photo_id=first.photo_id,
        uploader=first.uploader_party,
        newcomer=first.newcomer,
        official=first.source == "official",
        readings=tuple(readings),
        fields=tuple(judge_field(name, readings, policy) for name in fields),
        people=frozenset(one.party for one in readings if one.mode in {"blind", "confirm"}),
    )


def judge_unread(photo: UnreadPhoto, fields: Sequence[str], policy: RulePolicy) -> PageVerdict:
    """Return the verdict on a photo of which there is no reading yet, a machine's neither: every field is open."""
    return PageVerdict(
        page=photo.page,
        photo_id=photo.photo_id,
        uploader=photo.uploader_party,
        newcomer=photo.newcomer,
        official=photo.source == "official",
        readings=(),
        fields=tuple(judge_field(name, (), policy) for name in fields),
        people=frozenset(),
    )


def judge_field(name: str, readings: Sequence[ReadingInput], policy: RulePolicy) -> FieldVerdict:
    """Return the verdict on one field, from all readings of its photo."""
    stating = [one for one in readings if one.numbers.get(name) is not None]
    ruling = [one for one in readings if one.mode == "review" and name in one.numbers]
    # A reviewer's word goes before the weight of the others; the probability is told honestly all the same.
    rule = ruling[0].numbers[name] if ruling else None
    weighed = weigh([make_claim(one, name, policy) for one in stating], policy, ruled=rule)
    value, wrong = (None, 1.0) if weighed is None else (weighed.value, weighed.wrong)
    agreeing = [one for one in stating if one.numbers[name] == value]
    unreadable = any(one.kind == "human" and one.numbers.get(name, 0) is None for one in readings)
    stuck = bool(ruling) and _stuck(name, ruling, stating)
    ruled = rule is not None and len(agreeing) >= READERS_NEEDED
    close = value is not None and wrong <= policy.wrong_bound and not unreadable
    return FieldVerdict(
        field=name,
        value=value,
        wrong=wrong,
        settled=not stuck and (ruled or (close and _enough_agree(name, readings, agreeing, policy))),
        values=frozenset([number for one in stating if (number := one.numbers[name]) is not None]),
        unreadable=unreadable,
        ruled=ruled,
        stuck=stuck,
    )


def _enough_agree(
    name: str, readings: Sequence[ReadingInput], agreeing: Sequence[ReadingInput], policy: RulePolicy
) -> bool:
    """Tell whether enough readers agree, whatever the probability says: people in league are in no reader's rate.

    Two where the machine is sure of the number; as many as the policy says where it is not, the machine counted among
    them if it names the number; more people where the machine holds another number with some probability; never against
    a machine that is sure. Each of ``agreeing`` is another party, or the machine; they state one number.
    """
    people = sum(one.kind == "human" for one in agreeing)
    machine = next((one for one in readings if one.kind == "machine"), None)
    if not people:
        return False
    if machine is None or machine.numbers.get(name) is None:
        return len(agreeing) >= policy.unsure_readers_needed
    if machine.numbers[name] != agreeing[0].numbers[name]:
        return people >= _people_against(machine, name, policy)
    return len(agreeing) >= (READERS_NEEDED if name in machine.sure else policy.unsure_readers_needed)


def _people_against(machine: ReadingInput, name: str, policy: RulePolicy) -> float:
    """Return how many people must agree on another number than the machine's; endless: only a reviewer decides."""
    if policy.sure_needs_review and name in machine.sure:
        return inf
    if objects(machine, name, policy):
        return max(policy.people_against_machine, policy.unsure_readers_needed)
    return policy.unsure_readers_needed


def objects(machine: ReadingInput, name: str, policy: RulePolicy) -> bool:
    """Tell whether the machine holds its number of the field with so much probability that others are to be doubted."""
    return machine.numbers.get(name) is not None and 1.0 - machine.error_rates[name] >= policy.machine_objects


def _stuck(name: str, ruling: Sequence[ReadingInput], stating: Sequence[ReadingInput]) -> bool:
    """Tell whether a reviewer has read the field and nobody else says the same although others said something."""
    ruled = {one.numbers[name] for one in ruling}
    if len(ruled) > 1 or None in ruled:
        return True
    others = [one for one in stating if one is not ruling[0]]
    return bool(others) and all(one.numbers[name] not in ruled for one in others)
