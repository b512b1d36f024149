"""Who waits for a reader gets one in turn, and rather the one that has seen what he is near."""

import asyncio

import pytest

from workers.reader_places import Places
from workers.reader_process import LIMITS, ReaderProcess


@pytest.fixture
def processes() -> list[ReaderProcess]:
    """None of them is ever started."""
    return [ReaderProcess(LIMITS) for _ in range(2)]


async def test_a_free_reader_that_has_seen_the_companion_is_taken(processes: list[ReaderProcess]) -> None:
    first, second = processes
    places = Places(processes)
    assert await places.take(["x"]) is first
    assert await places.take(["y"]) is second
    places.give_back(first, ["x"])
    places.give_back(second, ["y"])
    assert await places.take(["y", "new"]) is second
    assert await places.take(["y"]) is first, "the other one is better than none"


async def test_who_belongs_elsewhere_lets_others_go_first(processes: list[ReaderProcess]) -> None:
    first, second = processes
    places = Places(processes)
    assert [await places.take(), await places.take()] == [first, second]
    places.give_back(second, ["x"])
    assert await places.take() is second
    companion, stranger = (asyncio.create_task(places.take([near])) for near in ("x", "y"))
    await asyncio.sleep(0)

    places.give_back(first)
    assert await stranger is first
    places.give_back(second, ["x"])
    assert await companion is second


async def test_nobody_waits_for_one_reader_while_another_has_nothing_to_do(processes: list[ReaderProcess]) -> None:
    first, second = processes
    places = Places(processes)
    places.give_back(await places.take(), ["x"])
    assert {await places.take(), await places.take()} == {first, second}
    companion = asyncio.create_task(places.take(["x"]))
    await asyncio.sleep(0)
    places.give_back(second)
    assert await companion is second


async def test_who_gives_up_waiting_takes_no_reader_with_him(processes: list[ReaderProcess]) -> None:
    first, second = processes
    places = Places(processes)
    assert [await places.take(), await places.take()] == [first, second]
    early, late = (asyncio.create_task(places.take()) for _ in range(2))
    await asyncio.sleep(0)
    early.cancel()
    places.give_back(first)
    assert await late is first
    given = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    places.give_back(second)
    given.cancel()  # it was given the reader, and is stopped before it comes for it
    with pytest.raises(asyncio.CancelledError):
        await given
    assert await places.take() is second
