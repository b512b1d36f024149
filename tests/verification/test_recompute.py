"""Stored decisions are computed again from their inputs: those of today, and those that earlier versions made."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from app.core.access import Role
from app.core.config import get_settings
from app.core.database import make_engine, make_sessions
from app.verification.decisions import describe_outcome
from app.verification.evidence import Accept, Dispute
from app.verification.recompute import recompute_decisions
from app.verification.stored_inputs import inputs_as_json, inputs_from_json
from tests.verification.readings import changed
from tests.verification.world import World, make_world, tps
from workers.cli.decisions import app

STORED_BY_RULE_1 = json.loads((Path(__file__).parent / "data" / "rule_1.json").read_text("utf-8"))
"""Inputs and decisions as the code of rule version 1 wrote them, one of each kind; several come out otherwise by
later numbers."""
STORED_BY_RULE_2 = json.loads((Path(__file__).parent / "data" / "rule_2.json").read_text("utf-8"))
"""The same of version 2: above all what version 3 was made against."""


@pytest.mark.parametrize(
    "stored",
    STORED_BY_RULE_1 + STORED_BY_RULE_2,
    ids=lambda one: "-".join(one["decision"]["explanation"]["sentences"]),
)
def test_decisions_of_earlier_versions_come_out_as_they_were_made(stored: dict[str, Any]) -> None:
    outcome = inputs_from_json(stored["inputs"]).decide()
    assert isinstance(outcome, Accept | Dispute)
    again = json.loads(json.dumps(describe_outcome(outcome)))
    wrong, wrong_then = (one["explanation"].pop("posterior_wrong", {}) for one in (again, stored["decision"]))
    assert again == stored["decision"]
    assert wrong == pytest.approx(wrong_then, rel=1e-9)


def test_inputs_survive_being_written_down() -> None:
    for stored in STORED_BY_RULE_1 + STORED_BY_RULE_2:
        inputs = inputs_from_json(stored["inputs"])
        assert inputs_from_json(json.loads(json.dumps(inputs_as_json(inputs)))) == inputs


async def decide_three(world: World) -> None:
    """A confirmation, a reviewed disagreement, a decision that a later one replaced."""
    await world.read(tps(1))
    await world.answer(await world.person())
    second = await world.read(tps(2), confidence=0.6, sure=False, numbers=changed(suara_01=128))
    for wrong in (123, 188, 123):
        await world.answer(await world.person(), changed(suara_01=wrong))
    await world.answer(await world.person(Role.REVIEWER), role=Role.REVIEWER)
    assert (await world.section(second)).state == "accepted"
    await world.read(tps(1), uploader=await world.person())


_FORGE = text(
    """INSERT INTO decision (section_id, outcome, state, numbers, inputs, explanation, rule_version, flags,
                             source_class)
       SELECT section_id, outcome, 'superseded', numbers || '{"suara_01": 777}', inputs, explanation, :version, flags,
              source_class FROM decision ORDER BY id LIMIT 1"""
)


async def test_every_decision_comes_out_as_it_stands_and_a_forged_one_does_not(world: World) -> None:
    await decide_three(world)
    found = await recompute_decisions(world.session)
    assert len(found) >= 3
    assert {one.state for one in found} >= {"current", "superseded"}
    assert [one.differing for one in found] == [()] * len(found)
    await world.session.execute(_FORGE, {"version": "3"})
    (forged, *_) = await recompute_decisions(world.session)
    assert len(forged.differing) == 1
    assert forged.differing[0].startswith("numbers: ")
    await world.session.execute(_FORGE, {"version": "99"})
    (unknown,) = await recompute_decisions(world.session, batch=1)
    assert "99 is not known" in unknown.differing[0]
    assert (await recompute_decisions(world.session, before=unknown.decision_id))[0] == forged


@pytest.fixture
def runner(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "240")
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


async def _in_database(database: str, *, forge: bool, mode: str = "confirm") -> None:
    engine = make_engine(database)
    async with make_sessions(engine).begin() as session:
        await (session.execute(_FORGE, {"version": "3"}) if forge else _decide_one(session, mode))
    await engine.dispose()


async def _decide_one(session: AsyncSession, mode: str) -> None:
    world = await make_world(session)
    await world.read(tps(1), dice=0.5 if mode == "confirm" else 0.01)
    await world.answer(await world.person())


def test_the_command_shows_which_digits_are_taken_for_one_another(runner: CliRunner, database: str) -> None:
    assert "No box was read by two" in runner.invoke(app, ["confusions"]).stdout
    asyncio.run(_in_database(database, forge=False, mode="blind"))
    shown = runner.invoke(app, ["confusions"]).stdout
    assert "15 boxes, 2 readers" in shown, "four numbers of three digits, one of two, one of one"
    assert "of 1)" in shown


def test_the_command_names_what_comes_out_otherwise(runner: CliRunner, database: str) -> None:
    assert "Nothing was decided yet" in runner.invoke(app, ["check"]).stdout
    asyncio.run(_in_database(database, forge=False))
    checked = runner.invoke(app, ["check"])
    assert checked.exit_code == 0
    assert "1 decisions of rule version 3 were computed again" in checked.stdout
    asyncio.run(_in_database(database, forge=True))
    checked = runner.invoke(app, ["check", "--limit", "1"])
    assert checked.exit_code == 1
    assert "1101012001001" in checked.stdout
    assert "777" in checked.stdout
