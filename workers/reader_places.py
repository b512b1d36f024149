"""The places of a reader pool: who works next, and where; a call that follows another one goes where that one was.

A reader remembers what it saw on the last photographs. A photograph that is read with others is best read where those
were seen; another process would have to look at all of them again.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from workers.reader_process import ReaderProcess

REMEMBERED = 24
"""Things a process is taken to remember; it does remember some more (`ocr.read.MEMORY_SIZE`)."""

_Place = asyncio.Future[ReaderProcess]


@dataclass(frozen=True)
class _Waiting:
    """Who waits for a place, and near what he would like to be."""

    place: _Place = field(repr=False)
    near: frozenset[str]


class Places:
    """Processes, each free or at work. Owned by one pool, used from its event loop."""

    def __init__(self, processes: Sequence[ReaderProcess]) -> None:
        """All are free at first."""
        self._free = list(processes)
        self._waiting: deque[_Waiting] = deque()
        self._seen: dict[ReaderProcess, OrderedDict[str, None]] = {one: OrderedDict() for one in processes}

    async def take(self, near: Collection[str] = ()) -> ReaderProcess:
        """Take a free process, one that has seen something of ``near`` if there is one; wait in turn for it."""
        wanted = frozenset(near)
        if self._free:
            process = next((one for one in self._free if self._has_seen(one, wanted)), self._free[0])
            self._free.remove(process)
            return process
        waiting = _Waiting(asyncio.get_running_loop().create_future(), wanted)
        self._waiting.append(waiting)
        try:
            return await waiting.place
        except asyncio.CancelledError:
            if waiting.place.done() and not waiting.place.cancelled():
                self.give_back(waiting.place.result())  # it was given and nobody came for it
            raise

    def give_back(self, process: ReaderProcess, seen: Collection[str] = ()) -> None:
        """Let the next one have the process, which has ``seen`` these things meanwhile."""
        remembered = self._seen[process]
        for one in seen:
            remembered[one] = None
            remembered.move_to_end(one)
        while len(remembered) > REMEMBERED:
            remembered.popitem(last=False)
        self._waiting = deque(one for one in self._waiting if not one.place.done())
        if not self._waiting:
            self._free.append(process)
            return
        # In turn, but who belongs elsewhere lets others go before him: his own place will be free as soon.
        chosen = next((one for one in self._waiting if not self._belongs_elsewhere(one, process)), self._waiting[0])
        self._waiting.remove(chosen)
        chosen.place.set_result(process)

    def _has_seen(self, process: ReaderProcess, things: frozenset[str]) -> bool:
        return not things.isdisjoint(self._seen[process])

    def _belongs_elsewhere(self, waiting: _Waiting, process: ReaderProcess) -> bool:
        others = (one for one in self._seen if one is not process)
        return not self._has_seen(process, waiting.near) and any(self._has_seen(one, waiting.near) for one in others)
