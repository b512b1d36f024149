"""The life of a report: one case for what is told twice, an answer for everybody, nothing public before a look."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.lapor.answering import OwnCaseError, answer_case, look_at_case, merge_case, reopen_case
from app.lapor.listing import list_cases, list_public_cases
from app.lapor.report import list_my_reports, make_token, withdraw_report
from tests.lapor.conftest import HERE, THERE, Desk

NOTE = "Pintu ditutup pukul 14."


async def answer(desk: Desk, token: str, state: str = "resolved", words: str = "Sudah ditempel.") -> int:
    case = (await desk.case_of(token)).case
    await answer_case(
        desk.session,
        case_id=case.id,
        account_id=desk.reviewer,
        seen=case.version,
        state="resolved" if state == "resolved" else "rejected",
        answer=words,
    )
    return case.id


async def log_of(desk: Desk) -> str:
    rows = await desk.session.execute(text("SELECT string_agg(payload::text, ' ') FROM log_entry"))
    return str(rows.scalar_one())


async def test_the_same_thing_told_twice_is_one_case_and_both_read_the_answer(desk: Desk) -> None:
    first, second = await desk.report(NOTE), await desk.by(desk.volunteer).report("Saya juga.")
    other = await desk.report(category="wrong_place")
    file = await desk.case_of(first)
    assert (file.case.reports, [note.text for note in file.notes]) == (2, ["Saya juga.", NOTE])
    assert [one.category for one in file.beside] == ["wrong_place"]
    await answer(desk, first)
    for token in (first, second):
        seen = await desk.see(token)
        assert (seen.state, seen.answer, [one.action for one in seen.steps]) == (
            "resolved",
            "Sudah ditempel.",
            ["resolved"],
        )
    assert (await desk.see(other)).state == "open"
    assert [one.note for one in await list_my_reports(desk.session, account_id=desk.volunteer)] == ["Saya juga."]


async def test_what_is_told_after_the_answer_is_a_case_of_its_own(desk: Desk) -> None:
    first = await desk.report()
    await answer(desk, first)
    second = await desk.report()
    assert (await desk.case_of(second)).case.id != (await desk.case_of(first)).case.id
    assert (await desk.see(second)).state == "open"


async def test_sending_twice_with_one_key_reports_once(desk: Desk) -> None:
    token = make_token()
    assert await desk.report(NOTE, token=token) == await desk.report("Lain.", tps=THERE, token=token) == token
    file = await desk.case_of(token)
    assert (file.case.tps_kode, [note.text for note in file.notes]) == (HERE, [NOTE])
    assert len(await list_cases(desk.session, state=None)) == 1


@pytest.mark.parametrize("token", ["short", "x" * 44, "../../../../etc/passwd/aaaaaaaaaaaaaaaaaaaa"])
async def test_a_key_that_could_be_guessed_is_refused(desk: Desk, token: str) -> None:
    with pytest.raises(InvalidInputError, match="43"):
        await desk.report(token=token)


async def test_nothing_is_public_before_a_look_and_the_note_never(desk: Desk) -> None:
    token = await desk.report(NOTE)
    case = (await desk.case_of(token)).case
    assert await list_public_cases(desk.session, tps_kode=HERE) == ()
    assert "missing_form" not in (log := await log_of(desk))
    assert HERE not in log
    await look_at_case(desk.session, case_id=case.id, account_id=desk.reviewer, seen=case.version)
    assert [one.state for one in await list_public_cases(desk.session, tps_kode=HERE)] == ["looked_at"]
    assert '"missing_form"' in (log := await log_of(desk))
    assert NOTE not in log
    await answer(desk, token, "rejected", "Tidak ada yang perlu diubah.")
    assert await list_public_cases(desk.session, tps_kode=HERE) == ()


async def test_a_reviewer_answers_what_he_saw_and_only_once(desk: Desk) -> None:
    token = await desk.report()
    seen = (await desk.case_of(token)).case
    await desk.report("Ada lagi.")
    change = {"case_id": seen.id, "account_id": desk.reviewer, "seen": seen.version}
    with pytest.raises(ConflictError, match="berubah"):
        await answer_case(desk.session, **change, state="resolved", answer="Ya.")
    await answer(desk, token)
    now = (await desk.case_of(token)).case.version
    with pytest.raises(ConflictError, match="sudah dijawab"):
        await answer_case(desk.session, **{**change, "seen": now}, state="rejected", answer="Tidak.")
    assert (await desk.see(token)).answer == "Sudah ditempel."


async def test_nobody_answers_his_own_report(desk: Desk) -> None:
    token = await desk.by(desk.reviewer).report()
    case = (await desk.case_of(token)).case
    own = {"case_id": case.id, "account_id": desk.reviewer, "seen": case.version}
    with pytest.raises(OwnCaseError):
        await look_at_case(desk.session, **own)
    with pytest.raises(OwnCaseError):
        await answer_case(desk.session, **own, state="resolved", answer="Ya.")
    await answer_case(desk.session, **{**own, "account_id": desk.other_reviewer}, state="resolved", answer="Ya.")
    assert (await desk.see(token)).state == "resolved"


async def test_an_answer_can_be_taken_back_and_stays_in_the_history(desk: Desk) -> None:
    token = await desk.report()
    number = await answer(desk, token)
    case = (await desk.case_of(token)).case
    await reopen_case(
        desk.session, case_id=number, account_id=desk.other_reviewer, seen=case.version, reason="Salah baca."
    )
    seen = await desk.see(token)
    assert (seen.state, seen.answer, [one.action for one in seen.steps]) == ("open", None, ["resolved", "reopened"])
    assert [(one.by, one.reason) for one in (await desk.case_of(token)).steps][-1] == ("rudi", "Salah baca.")
    with pytest.raises(DBAPIError, match="insert-only"):
        await desk.session.execute(text("UPDATE lapor_history SET account_id = NULL"))


async def test_it_is_not_opened_beside_a_newer_case_of_the_same_thing(desk: Desk) -> None:
    token = await desk.report()
    number = await answer(desk, token)
    newer = (await desk.case_of(await desk.report())).case.id
    with pytest.raises(ConflictError, match=str(newer)):
        await reopen_case(desk.session, case_id=number, account_id=desk.reviewer, seen=2, reason="Lagi.")


async def test_a_merged_case_gets_the_answer_of_the_other_and_comes_out_again(desk: Desk) -> None:
    one, two = await desk.report(NOTE), await desk.report("Dua lembar.", category="different_forms")
    merged, target = (await desk.case_of(one)).case, (await desk.case_of(two)).case
    change = {"case_id": merged.id, "account_id": desk.reviewer, "seen": merged.version}
    await merge_case(desk.session, **change, into=target.id)
    assert [(case.id, case.reports) for case in await list_cases(desk.session)] == [(target.id, 2)]
    assert {note.text for note in (await desk.case_of(two)).notes} == {NOTE, "Dua lembar."}
    with pytest.raises(ConflictError, match="digabung"):
        await answer_case(desk.session, **change, state="resolved", answer="Ya.")
    await answer(desk, two, words="Keduanya diperiksa.")
    assert (await desk.see(one)).answer == "Keduanya diperiksa."
    await reopen_case(desk.session, **change, reason="Hal lain.")
    assert (await desk.see(one)).state == "open"
    assert (await desk.see(two)).state == "resolved"


async def test_cases_of_different_tps_are_not_merged(desk: Desk) -> None:
    one, two = await desk.report(), await desk.report(tps=THERE)
    merged, target = (await desk.case_of(one)).case, (await desk.case_of(two)).case
    with pytest.raises(InvalidInputError, match=THERE):
        await merge_case(desk.session, case_id=merged.id, into=target.id, account_id=desk.reviewer, seen=merged.version)


async def test_a_report_taken_back_leaves_no_word_behind_and_closes_a_case_of_its_own(desk: Desk) -> None:
    mine, theirs = await desk.report(NOTE), await desk.report("Ya.")
    assert (await withdraw_report(desk.session, token=mine)).note is None
    assert (await desk.case_of(theirs)).case.state == "open"
    assert (await desk.case_of(theirs)).case.reports == 1
    await withdraw_report(desk.session, token=theirs)
    await withdraw_report(desk.session, token=theirs)
    assert (await desk.see(theirs)).state == "rejected"
    assert (await desk.session.execute(text("SELECT count(note) FROM lapor_report"))).scalar_one() == 0


async def test_reviewers_find_waiting_cases_among_their_other_work(desk: Desk) -> None:
    token = await desk.report()
    number = (await desk.case_of(token)).case.id
    query = text("SELECT state FROM review_case WHERE kind = 'lapor' AND subject = :subject ORDER BY id")

    async def states() -> list[str]:
        return list((await desk.session.execute(query, {"subject": f"lapor/{number}"})).scalars())

    assert await states() == ["open"]
    await answer(desk, token, "rejected", "Tidak ada yang perlu diubah.")
    assert await states() == ["rejected"]
    case = (await desk.case_of(token)).case
    await reopen_case(desk.session, case_id=number, account_id=desk.reviewer, seen=case.version, reason="Lagi.")
    assert await states() == ["rejected", "open"]


async def test_what_cannot_be_reported_leaves_nothing(desk: Desk) -> None:
    for wrong in ({"tps": "1101012001999"}, {"category": "unreadable"}, {"category": "other", "note": " "}):
        with pytest.raises((NotFoundError, InvalidInputError)):
            await desk.report(**wrong)
    counts = "SELECT (SELECT count(*) FROM lapor_case) + (SELECT count(*) FROM lapor_report)"
    assert (await desk.session.execute(text(counts))).scalar_one() == 0
