"""What holds of versions 2 and 3 whatever is read: groups, known readers, who is needed beside the probability."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.verification.confusion import collide
from app.verification.consensus import decide
from app.verification.evidence import Accept, Mode, NeedReading, ReadingInput, RulePolicy, SkipInput
from app.verification.page_verdict import judge_field, keep_countable
from app.verification.policies import POLICIES
from tests.verification.readings import CHECKS, PAGES, TRUTH, human, machine, section
from tests.verification.test_consensus_properties import OWNER, numbers, readings

POLICY = RulePolicy()
many = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
rates = st.sampled_from([0.0, 0.005, 0.02, 0.1, 0.4, 0.9])


@st.composite
def known(draw: st.DrawFn) -> list[ReadingInput]:
    """Readings by people of whom different things are known, some of them linked, to one another or to an uploader."""
    groups = draw(st.dictionaries(st.sampled_from(["account/7", "account/8", "account/2"]), st.just("account/2")))
    groups = groups if len(groups) > 1 else {}
    found = []
    for one in draw(readings()):
        group, sent = groups.get(one.reader, ""), groups.get(one.uploader, "")
        linked = replace(one, group=group, uploader_group=sent)
        if one.kind == "human":
            linked = replace(linked, error_rates=dict.fromkeys(one.numbers, draw(rates)), catch_rate=draw(rates))
            linked = replace(linked, new_reader=one.reader in {"account/8", "account/9", "account/10"})
        found.append(linked)
    return found


@many
@given(known(), st.sampled_from(sorted(POLICIES)))
def test_an_acceptance_has_the_readers_that_its_policy_wants(found: list[ReadingInput], name: str) -> None:
    policy = POLICIES[name]
    outcome = decide(found, CHECKS, policy, section())
    if not isinstance(outcome, Accept) or "reviewed" in outcome.flags:
        return
    for field, value in outcome.numbers.items():
        photo = outcome.photos[2 if field in PAGES[2] else 3]
        counting = [one for one in keep_countable(found) if one.photo_id == photo and field in one.numbers]
        stating = {one.party: one for one in counting if one.numbers[field] == value}
        people = {party for party, one in stating.items() if one.kind == "human"}
        machine = next((one for one in counting if one.kind == "machine"), None)
        assert people
        assert len(stating) >= 2
        if machine is None or field not in machine.sure:
            assert len(stating) >= policy.unsure_readers_needed
        if machine is not None and machine.numbers[field] not in {None, value}:
            assert field not in machine.sure
            holds = 1 - machine.error_rates[field] >= policy.machine_objects
            assert len(people) >= (policy.people_against_machine if holds else 2)
        assert outcome.posterior_wrong[field] <= policy.wrong_bound


@many
@given(known())
def test_two_sources_are_never_made_by_new_readers_alone(found: list[ReadingInput]) -> None:
    """On photographs of two uploaders somebody who is known, or the machine, or a reviewer states every number."""
    outcome = decide(found, CHECKS, POLICY, section())
    if not isinstance(outcome, Accept) or outcome.source_class == "one_uploader":
        return
    for field, value in outcome.numbers.items():
        stating = [one for one in keep_countable(found) if one.numbers.get(field) == value]
        vouching = [one for one in stating if one.kind == "machine" or one.mode == "review" or not one.new_reader]
        assert len({one.uploader_party for one in vouching}) > 1


@many
@given(known(), st.sampled_from(["blind", "confirm"]), rates)
def test_a_linked_account_adds_nothing(found: list[ReadingInput], mode: Mode, error: float) -> None:
    """Whoever is linked to somebody who has read, or who sent the photograph, may say what he likes."""
    readers = [one for one in keep_countable(found) if one.kind == "human"]
    if not readers:
        return
    first = readers[0]
    later = replace(
        first, id=max(one.id for one in found) + 1, reader="account/99", group=first.party, mode=mode,
        error_rates=dict.fromkeys(first.numbers, error), numbers=dict.fromkeys(first.numbers, 5), shown=None,
    )  # fmt: skip
    grouped = [
        replace(one, group=first.party if one.reader == first.reader else one.group) for one in found
    ]  # fmt: skip
    assert decide([*grouped, later], CHECKS, POLICY, section()) == decide(found, CHECKS, POLICY, section())
    by_uploader = replace(later, group=first.uploader_party)
    assert decide([*found, by_uploader], CHECKS, POLICY, section()) == decide(found, CHECKS, POLICY, section())


@many
@given(known(), st.sampled_from(["blind", "confirm"]), rates, rates)
def test_one_more_who_agrees_never_makes_a_number_less_certain(
    found: list[ReadingInput], mode: Mode, error: float, catch: float
) -> None:
    """Not even one of whom the worst is known: he says little, but nothing against the number."""
    for photo, page in ((2, 2), (12, 2), (3, 3)):
        counting = [one for one in keep_countable(found) if one.photo_id == photo]
        if not counting:
            continue
        for field in PAGES[page]:
            before = judge_field(field, counting, POLICY)
            if before.value is None or before.wrong >= 0.5:
                continue
            own = dict.fromkeys(PAGES[page], before.value)
            agreeing = human(60, page, own, mode=mode, photo=photo, uploader=OWNER[photo], shown=own)
            known_so = replace(agreeing, error_rates=dict.fromkeys(own, error), catch_rate=catch)
            after = judge_field(field, [*counting, known_so], POLICY)
            assert after.value == before.value
            assert after.wrong <= before.wrong
            assert after.settled or not before.settled


@many
@given(st.data(), st.sampled_from([None, 0.3, 1e-4]), st.sampled_from(sorted(POLICIES)))
def test_asking_ends_although_some_people_skip(data: st.DataObject, error: float | None, name: str) -> None:
    """People who read what they like, or say that it cannot be read, in any order: the rule comes to an end."""
    read = [] if error is None else [machine(page, data.draw(numbers()), error=error) for page in (2, 3)]
    read = read or [machine(page, dict.fromkeys(TRUTH), error=0.5) for page in (2, 3)]
    skips: tuple[SkipInput, ...] = ()
    for who in range(100, 125):
        outcome = decide(read, CHECKS, POLICIES[name], section(skips=skips))
        if not isinstance(outcome, NeedReading):
            return
        if data.draw(st.booleans()):
            skips = (*skips, SkipInput(f"account/{who}", outcome.mode, frozenset(outcome.photos.values())))
        else:
            said = data.draw(numbers())
            read += [human(who, page, said, mode=outcome.mode, photo=photo) for page, photo in outcome.photos.items()]
    raise AssertionError("still asking after 25 people")


@given(st.integers(0, 999), st.integers(0, 999))
def test_likeness_of_digits_only_ever_asks_for_more(said: int, true: int) -> None:
    if said != true:
        assert POLICY.collision <= collide(said, true, POLICY) <= 1
        assert collide(said, true, replace(POLICY, like_digits=0.0)) == POLICY.collision
