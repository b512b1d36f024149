"""Processes that begin where a fresh Python would be after two seconds of imports.

Sites and workers die and come back dozens of times in a drill, and on two processors their imports would take a good
part of it. A forkserver imports once, opens nothing, and each program is a fork of it: a process of its own, with its
own environment, memory and connections, and nobody below or above it but the forkserver.
"""

import multiprocessing
import os
import runpy
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

PARENT = "PARENT"
"""Stands in a program's words for the number of the process that starts it."""

PRELOADED = ["workers.cli.serve", "workers.jobs", "workers.runner", "app.core.schema", "alembic.command"]


def open_nursery() -> ForkServerContext:
    """Return the context whose processes have the programs' modules already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def start_program(
    context: ForkServerContext, words: Sequence[str], environment: Mapping[str, str], log: Path
) -> ForkServerProcess:
    """Start `python -m WORDS` with just this environment; what it says goes to the end of ``log``."""
    process = context.Process(target=become, args=(list(words), dict(environment), str(log)))
    process.start()
    return process


def become(words: list[str], environment: dict[str, str], log: str) -> None:
    """Turn this fresh fork into the program."""
    os.setsid()
    threading.Thread(target=_end_with_drill, daemon=True).start()
    said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (1, 2):
        os.dup2(said, stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [words[0], *(str(os.getppid()) if word == PARENT else word for word in words[1:])]
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _end_with_drill() -> None:
    """End this process when the drill was killed: its parent is the forkserver, which lives as long as we do."""
    drill = multiprocessing.parent_process()
    if drill is not None:
        drill.join()
        os._exit(1)
