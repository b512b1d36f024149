import asyncio

from workers.turns import Turns


async def let_everybody_go_on() -> None:
    """Until nobody can without something new: no step takes more than a few turns of the loop, and none takes time."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_suspect_runs_alone_and_the_others_side_by_side() -> None:
    turns, begun, end = Turns(), list[str](), asyncio.Event()

    async def ordinary(name: str) -> None:
        async with turns.beside_others():
            begun.append(name)
            await end.wait()

    async def suspect(name: str, over: asyncio.Event) -> None:
        async with turns.alone():
            begun.append(name)
            await over.wait()

    over, over_too = asyncio.Event(), asyncio.Event()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(ordinary("one"))
        tasks.create_task(ordinary("two"))
        await asyncio.sleep(0)
        tasks.create_task(suspect("suspect", over))
        tasks.create_task(suspect("other suspect", over_too))
        await let_everybody_go_on()
        tasks.create_task(ordinary("late"))
        await let_everybody_go_on()
        assert begun == ["one", "two"]
        end.set()
        await let_everybody_go_on()
        assert begun == ["one", "two", "suspect"]
        over.set()
        await let_everybody_go_on()
        assert begun == ["one", "two", "suspect", "other suspect"]
        over_too.set()
    assert begun[-1] == "late"
