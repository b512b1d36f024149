"""Why a number was accepted, in words: who said what, what each weighs, how probable an error is. Pure.

It tells values: only for sections that are decided.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.verification.evidence import Accept, Outcome, ReadingInput, RulePolicy
from app.verification.page_verdict import judge_field, keep_countable
from app.verification.posterior import Claim, make_claim, weigh_claim
from app.verification.sentences import Sentence
from app.verification.stored_inputs import RuleInputs


def explain_decision(inputs: RuleInputs, fields: Iterable[str]) -> Mapping[str, tuple[Sentence, ...]]:
    """Return field -> its sentences (:func:`explain_field`) for several fields of one decision, in the form's order.

    Raises:
        KeyError: the section has no such field.
    """
    outcome = inputs.decide()
    places = {name: place for place, name in enumerate(sum(inputs.section.pages.values(), ()))}
    return {field: tuple(_explain(inputs, outcome, field)) for field in sorted(fields, key=places.__getitem__)}


def explain_field(inputs: RuleInputs, field: str) -> tuple[Sentence, ...]:
    """Return the sentences about one field of a decided section, from the inputs that its decision keeps.

    A line for each reading of the photographs that carry the decision (of all photographs of the page where it is a
    dispute), by their order in time; what they weigh together; what was needed.

    Raises:
        KeyError: the section has no such field.
    """
    return explain_decision(inputs, [field])[field]


def _explain(inputs: RuleInputs, outcome: Outcome, field: str) -> Iterator[Sentence]:
    page = next((page for page, fields in inputs.section.pages.items() if field in fields), None)
    if page is None:
        raise KeyError(field)
    chosen = outcome.photos.get(page) if isinstance(outcome, Accept) else None
    of_page = [one for one in inputs.readings if one.page == page and field in one.numbers]
    for photo in sorted({one.photo_id for one in of_page} if chosen is None else {chosen}):
        yield from _explain_photo(photo, [one for one in of_page if one.photo_id == photo], field, inputs.policy)
    if isinstance(outcome, Accept) and "override" in outcome.flags:
        yield _overridden(outcome.numbers[field])


def _explain_photo(photo: int, readings: Sequence[ReadingInput], field: str, policy: RulePolicy) -> Iterator[Sentence]:
    counting = keep_countable(readings)
    yield Sentence(f"Foto {photo}:", f"Photograph {photo}:")
    for one in sorted(readings, key=lambda one: one.id):
        yield _explain_reading(one, field, policy, counts=one in counting)
    verdict = judge_field(field, counting, policy)
    if verdict.value is None:
        yield Sentence("Tidak ada yang dapat membacanya.", "Nobody could read it.")
        return
    yield _explain_sum(verdict.value, verdict.wrong, policy)
    yield _explain_needed(counting, field, verdict.value, policy)
    if verdict.ruled:
        yield Sentence(
            "Peninjau memutuskan: bacaannya sama dengan bacaan seorang pembaca lain.",
            "A reviewer decided: what he read is what another reader read.",
        )


def _explain_reading(one: ReadingInput, field: str, policy: RulePolicy, *, counts: bool) -> Sentence:
    who = _name_reader(one)
    value = one.numbers[field]
    if not counts:
        return Sentence(
            f"{who.id}: tidak dihitung (pengunggah, akun yang terkait, atau bacaan kedua).",
            f"{who.en}: does not count (uploader, linked account, or a second reading).",
        )
    if value is None:
        return Sentence(f"{who.id}: tidak dapat membacanya.", f"{who.en}: could not tell.")
    claim = make_claim(one, field, policy)
    what = _say_what(one, field, claim)
    right, other = weigh_claim(claim, None, policy)
    weight = right / other
    return Sentence(
        f"{who.id}: {what.id} Bobotnya {_say_id(weight)} banding 1.",
        f"{who.en}: {what.en} That weighs {_say_en(weight)} to 1.",
    )


def _name_reader(one: ReadingInput) -> Sentence:
    if one.kind == "machine":
        return Sentence("Mesin", "The machine")
    name = one.reader.rpartition("/")[2]
    return (
        Sentence(f"Peninjau {name}", f"Reviewer {name}")
        if one.mode == "review"
        else Sentence(f"Pembaca {name}", f"Reader {name}")
    )


def _say_what(one: ReadingInput, field: str, claim: Claim) -> Sentence:
    """Return what a reading states, and how often such a reading errs."""
    value, errs = claim.value, claim.error_rate
    if one.kind == "machine":
        sure = field in one.sure
        return Sentence(
            f"membaca {value}{' dan yakin' if sure else ', tidak yakin'}; keliru {_say_id(errs * 1e4)} dari 10.000.",
            f"reads {value}{' and is sure' if sure else ', not sure'}; wrong {_say_en(errs * 1e4)} in 10,000.",
        )
    if claim.confirms:
        caught = claim.catch_rate * 100
        return Sentence(
            f"melihat {value} di layar dan membenarkannya; menangkap {_say_id(caught)} dari 100 angka yang salah.",
            f"saw {value} on the screen and confirmed it; catches {_say_en(caught)} of 100 wrong values.",
        )
    shown = None if one.shown is None else one.shown.get(field)
    if shown is not None:
        return Sentence(
            f"melihat {shown} di layar dan menggantinya dengan {value}; keliru {_say_id(errs * 100)} dari 100.",
            f"saw {shown} on the screen and wrote {value} instead; wrong {_say_en(errs * 100)} in 100.",
        )
    return Sentence(
        f"menulis {value} ke kotak kosong; keliru {_say_id(errs * 100)} dari 100.",
        f"wrote {value} into an empty box; wrong {_say_en(errs * 100)} in 100.",
    )


def _explain_sum(value: int, wrong: float, policy: RulePolicy) -> Sentence:
    bound = policy.wrong_bound
    return Sentence(
        f"Bersama-sama: {value} salah dibaca dengan peluang {_one_in_id(wrong)}; batasnya {_one_in_id(bound)}.",
        f"Together: {value} is misread with probability {_one_in_en(wrong)}; the bound is {_one_in_en(bound)}.",
    )


def _explain_needed(counting: Sequence[ReadingInput], field: str, value: int, policy: RulePolicy) -> Sentence:
    agreeing = [one for one in counting if one.numbers[field] == value]
    people = sum(one.kind == "human" for one in agreeing)
    differing = sum(one.numbers[field] not in {value, None} for one in counting)
    return Sentence(
        f"Yang sepakat: {len(agreeing)} pembaca, {people} di antaranya manusia; yang membaca lain: {differing}. "
        f"Diperlukan sedikitnya 2, bila mesin tidak yakin {policy.unsure_readers_needed}, "
        f"bila mesin kuat membaca lain {policy.people_against_machine} orang.",
        f"In agreement: {len(agreeing)} readers, {people} of them people; reading otherwise: {differing}. "
        f"Needed are 2 at least, {policy.unsure_readers_needed} where the machine is not sure, "
        f"{policy.people_against_machine} people where it firmly reads otherwise.",
    )


def _overridden(value: int) -> Sentence:
    return Sentence(
        f"Dua peninjau menyatakan {value} dengan alasan tertulis; itu yang berlaku.",
        f"Two reviewers state {value} and give their reasons; that stands.",
    )


def _one_in_en(probability: float) -> str:
    return f"1 in {_say_en(1.0 / probability)}" if probability > 0 else "0"


def _one_in_id(probability: float) -> str:
    return f"1 banding {_say_id(1.0 / probability)}" if probability > 0 else "0"


def _say_en(number: float) -> str:
    """Return a number as people read it: two digits that matter, none after the point from ten on."""
    return f"{number:,.0f}" if number >= 10 else f"{float(f'{number:.2g}'):g}"  # noqa: PLR2004 - where tenths end


def _say_id(number: float) -> str:
    """Return the same with the Indonesian marks: a point between thousands, a comma before tenths."""
    return _say_en(number).translate(str.maketrans(",.", ".,"))
