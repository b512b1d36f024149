"""Nobody picks what he reads by giving back the rest, and nobody is spared being measured by taking answers back."""

import pytest
from sqlalchemy import text

from app.core.errors import TooManyRequestsError
from app.verification.giving_back import FREE_AN_HOUR
from app.verification.queue import skip_task, undo_answer
from tests.verification.world import World, tps

_GIVEN_BACK = text(
    """WITH other AS (
         INSERT INTO tps_section (pemilihan_id, tps_kode, round, section)
         SELECT pemilihan_id, tps_kode, n + 1, section FROM tps_section, generate_series(1, :many) n WHERE id = :section
         RETURNING id)
       INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state, skip_reason, answered_at)
       SELECT id, :account, 'blind', '{}', now(), 'skipped', :reason, now() - interval '50 minutes' FROM other"""
)


@pytest.mark.parametrize("reason", ["later", "unreadable", "undone"])
async def test_nobody_gives_back_form_after_form_until_he_is_dealt_the_one_he_waits_for(
    world: World, reason: str
) -> None:
    section = await world.read(tps(1))
    await world.read(tps(2))
    person = await world.person()
    given = {"many": FREE_AN_HOUR, "section": section, "account": person, "reason": reason}
    await world.session.execute(_GIVEN_BACK, given)
    task = await world.deal(person)
    assert task is not None
    for _ in range(2):
        with pytest.raises(TooManyRequestsError, match=f"{FREE_AN_HOUR} tugas") as refused:
            await skip_task(world.session, task_id=task.id, account_id=person, reason="later")
        assert 500 < (refused.value.retry_after or 0) <= 600
    await world.answer(person)
    second = await world.deal(person)
    assert second is not None
    await skip_task(world.session, task_id=second.id, account_id=person, reason="later")
    with pytest.raises(TooManyRequestsError):
        await undo_answer(world.session, task_id=task.id, account_id=person)
    await world.settle()
    assert await world.deal(await world.person()) is not None, "others are dealt it meanwhile"


async def test_what_was_given_back_an_hour_ago_is_forgotten(world: World) -> None:
    section = await world.read(tps(1))
    person = await world.person()
    given = {"many": FREE_AN_HOUR, "section": section, "account": person, "reason": "later"}
    await world.session.execute(_GIVEN_BACK, given)
    await world.session.execute(text("UPDATE task SET answered_at = answered_at - interval '11 minutes'"))
    task = await world.deal(person)
    assert task is not None
    await skip_task(world.session, task_id=task.id, account_id=person, reason="later")
