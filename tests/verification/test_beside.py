"""What is read beside the boxes has no weight: whatever a reading's line says there, the decision is the same."""

from typing import Any

import pytest
from sqlalchemy import select, text

from app.verification.models import Decision
from app.verification.service import record_machine_reading, settle
from tests.verification.readings import TRUTH
from tests.verification.world import World, machine_fields, tps

NOTHING: dict[str, Any] = {}
AGREES = {name: {"strokes": value, "words_value": value} for name, value in TRUTH.items()}
CONTRADICTS = {name: {"strokes": value + 1, "words_value": value + 100} for name, value in TRUTH.items()}


async def decide_with(world: World, beside: dict[str, Any]) -> tuple[str | None, dict[str, Any], Any]:
    """Read a TPS by machine with this beside the boxes; what was asked for, and what one confirmation then decided."""
    section = 0
    for page in (2, 3):
        photo = await world.photo(tps(1), page)
        fields = {name: {**said, "beside": beside.get(name)} for name, said in machine_fields(page, TRUTH).items()}
        details = {"model_sha256": "m", "beside": {"experimental": True, "fields": beside}}
        (section,) = await record_machine_reading(
            world.session, contest=world.contest, photo_id=photo, fields=fields, details=details
        )
    await world.session.execute(text("UPDATE tps_section SET dice = 0.5 WHERE id = :id"), {"id": section})
    await settle(world.session, section_id=section)
    wanted = (await world.section(section)).wanted
    await world.answer(await world.person())
    (decision,) = (await world.session.execute(select(Decision).filter_by(section_id=section))).scalars()
    said = str(decision.inputs)
    assert "beside" not in said
    assert "strokes" not in said
    return wanted, decision.numbers, decision.state


@pytest.mark.parametrize("beside", [NOTHING, AGREES, CONTRADICTS], ids=["nothing", "agrees", "contradicts"])
async def test_the_decision_is_the_same_whatever_stands_beside(world: World, beside: dict[str, Any]) -> None:
    assert await decide_with(world, beside) == ("confirm", TRUTH, "current")
