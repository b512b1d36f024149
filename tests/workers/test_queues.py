"""Jobs of one name go one after the other, in the order they came; those of other names do not wait for them."""

import asyncio

import pytest

from workers.queues import Queues


async def test_one_at_a_time_in_order_and_told_whether_one_waited() -> None:
    queues, seen = Queues(), list[tuple[str, int, bool]]()

    async def take(name: str, number: int) -> None:
        async with queues.wait_turn(name) as waited:
            seen.append((name, number, waited))
            await asyncio.sleep(0)
            assert seen[-1][0] != name or seen[-1][1] == number, "somebody came in meanwhile"

    await asyncio.gather(*(take("a", number) for number in range(3)), take("b", 9))
    assert [one for one in seen if one[0] == "a"] == [("a", 0, False), ("a", 1, True), ("a", 2, True)]
    assert ("b", 9, False) in seen


async def test_who_fails_or_gives_up_lets_the_next_one_in() -> None:
    queues = Queues()

    async def fail() -> None:
        async with queues.wait_turn("a"):
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await fail()
    async with queues.wait_turn("a") as waited:
        assert not waited
        waiting = asyncio.create_task(fail())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with queues.wait_turn("a") as waited:
        assert not waited
