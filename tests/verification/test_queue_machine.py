"""Whatever people do in whatever order, the queue loses no section, deals none twice to one reader, and gets on.

People take tasks, answer, send again, skip, take back, let leases lapse, send photographs, are withdrawn; photographs
are rejected; the settlers come when they come. All in one transaction, whose clock stands still; times are set by hand.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.core.database import make_engine
from app.core.errors import ConflictError
from app.core.jobs import decode_payload
from app.core.statements import share
from app.verification.held_task import sweep_leases
from app.verification.queue import DealtTask, LeaseExpiredError, answer_task, skip_task, undo_answer
from app.verification.queue_window import measure_window
from app.verification.service import settle_many, settle_unsettled, withdraw_from_sections, withdraw_reader
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World, make_world, tps

T = TypeVar("T")
PEOPLE = 6
TOGETHER = (0, 1, 2)
"""Three of them count as one."""

WHO = st.integers(0, PEOPLE - 1)
PLACES = st.integers(1, 3)
OTHERWISE = changed(suara_01=128)
NUMBERS = st.sampled_from([TRUTH, TRUTH, OTHERWISE, changed(suara_03=None)])

_STUCK = """SELECT id, why FROM tps_section WHERE state = 'waiting' AND wanted IS NULL AND unsettled_since IS NULL
            AND why <> 'page_missing'"""
_TWICE = """SELECT t.section_id FROM task t LEFT JOIN linked_account l USING (account_id) WHERE t.state = 'answered'
            GROUP BY t.section_id, coalesce(-l.group_id, t.account_id) HAVING count(*) > 1"""
_LEASES = """SELECT section_id FROM task WHERE state = 'leased' GROUP BY section_id HAVING count(*) > 1
             UNION ALL SELECT account_id FROM task WHERE state = 'leased' GROUP BY account_id HAVING count(*) > 1"""
_SAID = """SELECT t.id, jsonb_object_agg(said.key, said.value), count(DISTINCT r.id), cardinality(t.photo_ids)
           FROM task t JOIN reading r ON r.task_id = t.id CROSS JOIN LATERAL jsonb_each(r.numbers) said GROUP BY t.id"""
_UPLOADERS = """SELECT DISTINCT p.uploader_id FROM task t JOIN tps_section s ON s.id = t.section_id
                JOIN photo p ON p.tps_kode = s.tps_kode WHERE t.id = :id"""


class Ground:
    """A small election inside a transaction that is never committed; owned by the test, used by every machine."""

    def __init__(self, runner: asyncio.Runner, world: World, people: list[int]) -> None:
        self.world, self.people = world, people
        self.session: AsyncSession = world.session
        self._runner = runner

    def run(self, call: Awaitable[T]) -> T:
        async def wait() -> T:
            return await call

        return self._runner.run(wait())

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.session.execute(text(statement), values)]


class QueueMachine(RuleBasedStateMachine):
    """What people do; what must hold after each step."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground, self.world = ground, ground.world
        self.held: dict[int, DealtTask] = {}
        self.said: dict[uuid.UUID, tuple[int, dict[str, int | None]]] = {}
        self.savepoint = ground.run(ground.session.begin_nested().start())

    def run(self, call: Awaitable[T]) -> T:
        return self.ground.run(call)

    def person(self, who: int) -> int:
        return self.ground.people[who]

    def group(self, who: int) -> set[int]:
        return {self.person(one) for one in (TOGETHER if who in TOGETHER else (who,))}

    @initialize(sure=st.booleans())
    def begin(self, sure: bool) -> None:  # noqa: FBT001 - drawn
        for place in (1, 2):
            self.run(self.world.read(tps(place), sure=sure, dice=0.5))

    @rule(who=WHO)
    def take(self, who: int) -> None:
        task = self.run(self.world.deal(self.person(who)))
        if who in self.held:
            assert task is not None
            assert task.id == self.held[who].id, "who holds a task gets it again"
        if task is not None:
            uploaders = {row[0] for row in self.run(self.ground.rows(_UPLOADERS, id=task.id))}
            assert who in self.held or not uploaders & self.group(who), "nobody reads what he or his group has sent"
            self.held[who] = task

    @precondition(lambda self: self.held)
    @rule(data=st.data(), numbers=NUMBERS)
    def answer(self, data: st.DataObject, numbers: dict[str, int | None]) -> None:
        who = data.draw(st.sampled_from(sorted(self.held)))
        task = self.held.pop(who)
        said = {name: numbers[name] for name in task.fields}
        call = partial(answer_task, self.ground.session, task_id=task.id, account_id=self.person(who))
        assert self.run(call(numbers=said)).first
        assert not self.run(call(numbers=said)).first, "sent again it counts once"
        self.said[task.id] = who, said
        self.run(self.world.session.execute(text("UPDATE task SET answered_at = answered_at - interval '1 second'")))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), reason=st.sampled_from(["unreadable", "later"]))
    def skip(self, data: st.DataObject, reason: str) -> None:
        who = data.draw(st.sampled_from(sorted(self.held)))
        task = self.held.pop(who)
        for _ in range(2):
            self.run(skip_task(self.ground.session, task_id=task.id, account_id=self.person(who), reason=reason))

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(sorted(self.said)))
        who, _ = self.said[task_id]
        try:
            self.run(undo_answer(self.ground.session, task_id=task_id, account_id=self.person(who)))
        except ConflictError:
            assert task_id != [one for one, said in self.said.items() if said[0] == who][-1], "the last may be undone"
        else:
            del self.said[task_id]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def let_lapse(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.held)))
        task = self.held.pop(who)
        over = text("UPDATE task SET leased_until = now() - interval '1 second' WHERE id = :id")
        self.run(self.ground.session.execute(over, {"id": task.id}))
        said = {name: TRUTH[name] for name in task.fields}
        with pytest.raises(LeaseExpiredError):
            self.run(answer_task(self.ground.session, task_id=task.id, account_id=self.person(who), numbers=said))

    @rule(limit=st.integers(1, 3))
    def settle(self, limit: int) -> None:
        self.run(settle_unsettled(self.ground.session, limit=limit))

    @rule(width=st.integers(1, 4))
    def keep_queue(self, width: int) -> None:
        statements = self.run(share(self.ground.session))
        self.run(measure_window(statements, every=-1, width=width))
        self.run(sweep_leases(statements))

    @rule(place=PLACES, who=WHO, numbers=st.sampled_from([TRUTH, TRUTH, OTHERWISE]), sure=st.booleans())
    def send_photographs(self, place: int, who: int, numbers: dict[str, int], sure: bool) -> None:  # noqa: FBT001
        self.run(self.world.read(tps(place), uploader=self.person(who), numbers=numbers, sure=sure))

    @rule(place=PLACES)
    def reject_photographs(self, place: int) -> None:
        reject = "UPDATE photo SET state = 'rejected' WHERE id = (SELECT max(id) FROM photo WHERE tps_kode = :tps)"
        self.run(self.ground.session.execute(text(reject), {"tps": tps(place)}))
        touched = self.run(self.ground.rows("SELECT id FROM tps_section WHERE tps_kode = :tps", tps=tps(place)))
        self.run(settle_many(self.ground.session, section_ids=[row[0] for row in touched]))

    @rule(who=WHO)
    def withdraw(self, who: int) -> None:
        admin = self.ground.people[-1]
        self.run(withdraw_reader(self.ground.session, account_id=self.person(who), by=admin, reason="kolusi"))
        self.held.pop(who, None)
        self.said = {task: said for task, said in self.said.items() if said[0] != who}

    @rule()
    def do_withdrawals(self) -> None:
        take = "DELETE FROM pgqueuer WHERE entrypoint = 'withdraw' RETURNING payload"
        for (payload,) in self.run(self.ground.rows(take)):
            self.run(withdraw_from_sections(self.ground.session, **decode_payload(payload)))

    @invariant()
    def no_section_is_stuck_or_dealt_twice(self) -> None:
        assert self.run(self.ground.rows(_STUCK)) == []
        assert self.run(self.ground.rows(_TWICE)) == []
        assert self.run(self.ground.rows(_LEASES)) == []

    @invariant()
    def every_answer_is_recorded_once(self) -> None:
        recorded = {row[0]: row[1:] for row in self.run(self.ground.rows(_SAID))}
        for task, (_, said) in self.said.items():
            numbers, readings, pages = recorded[task]
            assert (numbers, readings) == (said, pages)

    def teardown(self) -> None:
        """With people enough, everything that is photographed comes to a decision; then there is nothing left to do."""
        try:
            self.do_withdrawals()
            for number in range(60):
                role = Role.REVIEWER if number % 3 == 2 else Role.VOLUNTEER
                if not self.run(self._read_once(role)):
                    break
            open_ones = "SELECT id, why FROM tps_section WHERE state = 'waiting' AND why <> 'page_missing'"
            assert self.run(self.ground.rows(open_ones)) == []
        finally:
            self.run(self.savepoint.rollback())

    async def _read_once(self, role: Role) -> bool:
        """Let a new person read one section; false when nothing waits any more."""
        session = self.ground.session
        await session.execute(text("UPDATE task SET leased_until = now() WHERE state = 'leased'"))
        await session.execute(text("UPDATE tps_section SET ready_at = now() WHERE ready_at > now()"))
        await self.world.settle()
        person = await self.world.person(role)
        task = await self.world.deal(person, role)
        if task is not None:
            said = {name: TRUTH[name] for name in task.fields}
            await answer_task(session, task_id=task.id, account_id=person, numbers=said)
        return bool(
            await self.ground.rows(
                "SELECT 1 FROM tps_section WHERE wanted IS NOT NULL OR unsettled_since > '-infinity'"
            )
        )


@pytest.fixture
def ground(shared_database: str) -> Iterator[Ground]:
    with asyncio.Runner() as runner:
        engine = make_engine(shared_database)
        connection = runner.run(_call(engine.connect().start))
        outer = runner.run(_call(connection.begin))
        session = AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        world = runner.run(make_world(session))
        people = [runner.run(world.person()) for _ in range(PEOPLE + 1)]
        link = text("INSERT INTO linked_account (account_id, group_id, why) VALUES (:account, 7, '[]')")
        for one in TOGETHER:
            runner.run(_call(partial(session.execute, link, {"account": people[one]})))
        yield Ground(runner, world, people)
        runner.run(_call(session.close))
        runner.run(_call(outer.rollback))
        runner.run(_call(connection.close))
        runner.run(_call(engine.dispose))


async def _call(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


def test_the_queue_keeps_its_promises(ground: Ground) -> None:
    run_state_machine_as_test(
        partial(QueueMachine, ground),  # type: ignore[arg-type]
        settings=settings(max_examples=8, stateful_step_count=25, deadline=None, phases=[Phase.generate]),
    )
