"""`./runut test`: the whole test suite on a real database and in a real browser."""

import os
import subprocess
import sys
from pathlib import Path

import typer

from app.core.config import PROJECT
from workers.chromium import REMEDY, NoChromiumError, get_chromium
from workers.tesseract import REMEDY as TESSERACT_REMEDY
from workers.tesseract import NoTesseractError, get_tesseract

PROCESSES_MAX = 4
"""Each has a database server and browsers of its own; more of them would wait for memory rather than for work."""

app = typer.Typer()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": ["--help"]}
)
def test(context: typer.Context) -> None:
    """Run the tests. Words after `test` go to pytest: `./runut test tests/core -k log -x`.

    The whole suite opens the pages in Chromium and wants Tesseract; where one is missing, it is installed if that may
    be, or you are told how to get it (RUNUT_CHROMIUM and RUNUT_TESSERACT name yours).
    DATABASE_URL runs the tests on that server, in databases of their own. A test that was skipped for a reason that
    tests/expected_skips.txt does not list makes the run fail.
    """
    words = [str(Path(word).resolve()) if Path(word).exists() else word for word in context.args]
    everything = not any(Path(word.partition("::")[0]).exists() for word in words)
    if everything:
        prepare_browser()
        prepare_tesseract()
    shares = side_by_side() if everything else []
    done = subprocess.run([sys.executable, "-m", "pytest", *places(), *shares, *words], cwd=PROJECT, check=False)
    raise typer.Exit(done.returncode)


def side_by_side() -> list[str]:
    """Return how many processes share the whole suite; whole files, the slow ones first.

    One a processor and one more: tests wait a third of their time for servers to come up and go.
    """
    processes = min(len(os.sched_getaffinity(0)) + 1, PROCESSES_MAX)
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"] if processes > 1 else []


def prepare_browser() -> None:
    """Get a browser before the tests begin; without one they are skipped and listed at the end."""
    try:
        get_chromium(lambda words: typer.echo(words, err=True))
    except (NoChromiumError, OSError) as error:
        typer.secho(f"The pages will not be tested in a browser: {error}.\n  Remedy: {REMEDY}.", fg="yellow", err=True)


def prepare_tesseract() -> None:
    """Get a Tesseract before the tests begin; the wheel's is there unless the environment is damaged."""
    try:
        get_tesseract(lambda words: typer.echo(words, err=True))
    except (NoTesseractError, OSError) as error:
        typer.secho(
            f"What is printed on forms will not be read: {error}.\n  Remedy: {TESSERACT_REMEDY}.", fg="yellow", err=True
        )


def places() -> list[str]:
    """Return where pytest keeps its notes: the project's folder, unless it is somebody else's."""
    if os.access(PROJECT, os.W_OK):
        return []
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(sys.prefix) / "hypothesis"))
    return ["-o", f"cache_dir={Path(sys.prefix) / 'pytest'}"]
