"""What a job is: a plain function, and what it is given."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import ObjectStore
from workers.queues import Queues
from workers.reader_pool import ReaderPool

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """What every job may use. Transactions are opened by `async with context.sessions.begin() as session`.

    ``queues`` are of this worker: jobs that would only repeat each other's work wait for one another in them.
    """

    sessions: Sessions
    settings: Settings
    storage: ObjectStore
    readers: ReaderPool
    queues: Queues = field(default_factory=Queues)

    async def ocr(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` of the reader in a child process; no transaction may be open meanwhile.

        Raises:
            ReaderCrashedError: the child died or took too long. Let it through: the runner counts it.
        """
        return await self.readers.run(call, *args, **kwargs)

    async def ocr_near(self, things: Collection[str], call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same in a child that ran a call near one of ``things`` before, if it can be had in turn."""
        return await self.readers.run_near(things, call, *args, **kwargs)


Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A kind of job.

    `run` may be called more than once with the same payload and must then find its work done. `heavy` jobs wait for a
    reader process and have their own queue slots, so that light ones never wait behind them. `set_aside` is called when
    a job is given up, with the reason `crashed` or `failed`; it may be called twice as well. `revive` takes that back
    in the transaction that queues the job once more.
    """

    run: Callable[[Context, Payload], Awaitable[None]]
    heavy: bool = False
    set_aside: Callable[[Context, Payload, str], Awaitable[None]] | None = None
    revive: Callable[[AsyncSession, Payload], Awaitable[None]] | None = None
