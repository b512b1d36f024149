"""`python -m workers.cli`: find the command that was named, load it alone, and run it.

Only the named command's module is imported, so that `./runut --help` and light commands start at once.
"""

import importlib
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from app.core.errors import RunutError
from workers import VERSION
from workers.cli.commands import COMMANDS, Command

INTRODUCTION = """\
Runut: citizens photograph the result sheet of their polling station; machines and people read it independently;
every number can be traced back to its photograph.

Try it:  ./runut demo      Check it:  ./runut test
"""

EPILOGUE = "Each command explains itself:  ./runut COMMAND --help     Errors in full:  ./runut --debug COMMAND ..."


def show_version(*, wanted: bool) -> None:
    """Print the version and end, when it was asked for."""
    if wanted:
        typer.echo(f"runut {VERSION}")
        raise typer.Exit


def describe(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an unexpected error came from.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=show_version)] = False,
) -> None:
    """Declare the words that may stand before the command; `main` acts on them."""
    del debug, version


def make_front_page() -> typer.Typer:
    """Return the application that knows the names and sentences of all commands and runs none of them."""
    front = typer.Typer(name="runut", help=INTRODUCTION, epilog=EPILOGUE, no_args_is_help=True, add_completion=False)
    front.callback()(describe)
    for command in COMMANDS:
        front.command(command.name, help=command.sentence, rich_help_panel=command.panel)(lambda: None)
    return front


def find_command(words: list[str]) -> tuple[Command | None, list[str]]:
    """Return the command that `words` name, and the words after it."""
    for position, word in enumerate(words):
        if not word.startswith("-"):
            named = next((command for command in COMMANDS if command.name == word), None)
            return named, words[position + 1 :]
        if word != "--debug":
            break
    return None, words


def explain(error: Exception) -> str:
    """Put an error that nobody foresaw into one sentence, with the place it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    words = str(error).strip().partition("\n")[0] or "no message"
    return f"something unexpected went wrong ({type(error).__name__}: {words}{place})."


def main(words: list[str]) -> int:
    """Run the command that `words` name; the exit code is 0 when it did what it was asked."""
    command, rest = find_command(words)
    try:
        if command is None:
            get_command(make_front_page()).main(args=words, prog_name="runut")
        else:
            module = importlib.import_module(command.module)
            get_command(module.app).main(args=rest, prog_name=f"runut {command.name}")
    except RunutError as error:
        if "--debug" in words:
            raise
        typer.echo(f"runut: {error}", err=True)
        return 1
    except Exception as error:  # the outermost border: whatever was not foreseen becomes one sentence
        if "--debug" in words:
            raise
        typer.echo(f"runut: {explain(error)}\n  ./runut --debug {' '.join(words)}   shows where.", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
