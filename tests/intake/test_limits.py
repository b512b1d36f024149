"""How much an account and an address may send, and what is read last."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import TooManyRequestsError
from app.core.rate_limit import Limit, count_use, prune_limits, require_seldom
from app.intake.triage.caps import ALLOWED_MAX, FIRST_DAY, allowed_uploads
from app.pemilu.service import get_contest
from app.tally.service import set_result
from tests.http_ground import SignInAs
from tests.intake.sending import NEIGHBOUR, TPS, rows, send

pytestmark = pytest.mark.usefixtures("election")


@given(st.integers(0, 10_000), st.integers(0, 400), st.integers(0, 100), st.integers(0, 30))
def test_what_one_may_send_grows_with_approved_work_and_age(approved: int, age: int, more: int, later: int) -> None:
    now = allowed_uploads(approved, age)
    assert FIRST_DAY <= now <= ALLOWED_MAX
    assert allowed_uploads(approved + more, age + later) >= now
    assert allowed_uploads(0, 0) == FIRST_DAY


async def test_one_upload_too_many_is_refused_with_words_and_nothing_of_it_is_kept(
    settings: Settings, sign_in_as: SignInAs, make_picture: Callable[..., bytes], sessions: Sessions
) -> None:
    settings.uploads_first_day = 2
    sari = await sign_in_as("sari")
    sent = [await send(sari, make_picture(shade)) for shade in (10, 20, 30)]
    again = await send(sari, make_picture(20))

    assert [one.status_code for one in sent] == [201, 201, 429]
    refused = sent[2].json()
    assert refused["code"] == "too_many_uploads"
    assert "2" in refused["message"]
    assert refused["remedy"]
    assert 0 < int(sent[2].headers["retry-after"]) <= 86_400
    assert again.status_code == 429, "an upload is an upload"
    assert len(await rows(sessions, "SELECT id FROM photo")) == 2

    async with sessions.begin() as session:
        await session.execute(text("UPDATE account SET at = now() - interval '3 days'"))
    assert (await send(sari, make_picture(30))).status_code == 201, "he is no newcomer any more"
    rina = await sign_in_as("rina", Role.REVIEWER)
    assert {(await send(rina, make_picture(shade))).status_code for shade in (40, 50, 60)} == {201}


async def test_an_address_is_counted_by_its_window_and_told_when_to_come_again(sessions: Sessions) -> None:
    limit = Limit("try", b"\x01\x02", 3, 3600)
    for _ in range(3):
        await require_seldom(sessions, [limit])
    with pytest.raises(TooManyRequestsError) as refused:
        await require_seldom(sessions, [limit])
    assert 1 <= (refused.value.retry_after or 0) <= 3600
    await require_seldom(sessions, [Limit("try", b"\x01\x03", 3, 3600), Limit("other", b"\x01\x02", 0, 3600)])

    (use,) = await count_use(sessions, [Limit("other", b"\x01\x02", 1, 3600)])
    assert use.count == 1, "no limit counts nothing"
    await rows(sessions, "UPDATE rate_limit SET ends_at = now() - interval '1 second' RETURNING count")
    (use,) = await count_use(sessions, [limit])
    assert use.count == 1, "a new window begins at one"
    async with sessions.begin() as session:
        await prune_limits(session)
    assert len(await rows(sessions, "SELECT key FROM rate_limit")) == 1
    (kept,) = await rows(sessions, "SELECT key FROM rate_limit")
    assert b"\x01\x02" not in kept["key"]


async def test_strangers_photographs_of_a_tps_that_has_enough_are_read_last(
    sessions: Sessions, sign_in_as: SignInAs, make_picture: Callable[..., bytes]
) -> None:
    async with sessions.begin() as session:
        contest = await get_contest(session, kode="ppwp-2024")
        await set_result(
            session, contest=contest, tps_kode=TPS, numbers={}, state="accepted", source_class="two_uploaders"
        )
    stranger, known = await sign_in_as("tono"), await sign_in_as("sari")
    values = f"'aa', 1, 'image/jpeg', {contest.id}, '{TPS}', {known.headers['x-account-id']}, 'read'"
    columns = "sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state"
    await rows(
        sessions,
        f"INSERT INTO photo ({columns}) SELECT {values} RETURNING id",
    )

    answers = [
        await send(stranger, make_picture(10)),
        await send(known, make_picture(20)),
        await send(stranger, make_picture(30), tps=NEIGHBOUR),
    ]

    assert [one.json()["state_code"] for one in answers] == ["read_last", None, None]
    assert "cukup" in answers[0].json()["state_reason"]
    jobs = await rows(sessions, "SELECT priority FROM pgqueuer ORDER BY id")
    assert [one["priority"] for one in jobs] == [-2, 0, 0]
