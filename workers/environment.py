"""Make the Python environment that `./runut` runs in.

Standard library only: nothing is installed yet when this runs. The launcher calls it when the environment is missing or
was made from another list of requirements: `environment.py PLACE REQUIREMENTS`.

An environment is complete when `PLACE/installed-<list>` equals the list; that copy is written last, so an interrupted
set-up is seen at the next start and done again. `PLACE/making` says that the folder is ours and unfinished.
"""

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import venv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

SHOWN_AFTER_FAILURE = 15
"""How many of pip's last lines are shown when it fails."""

FETCHING = re.compile(r"(?:Collecting (?P<name>[\w.-]+)|Processing .*/(?P<file>[\w.]+)-)")
"""How pip announces a package; the second form is for a folder of wheels that the user has told pip of."""

HOW_TO_NAME_A_FOLDER = (
    "Is the disk full or read-only? It is made beside the program, or, where you may not write, under RUNUT_HOME: "
    "RUNUT_HOME=/path/to/folder ./runut ..."
)

LISTS = ("requirements-dev.txt", "requirements.txt")
"""The larger list first: whoever has it has the smaller one too."""


class SetUpError(Exception):
    """The environment could not be made; the message says what was wrong and what to do."""


def say(words: str) -> None:
    """Print a line at once, so that somebody who waits sees it."""
    print(words, flush=True)  # noqa: T201  (the progress of the set-up is this program's output)


@contextlib.contextmanager
def only_one_set_up(place: Path) -> Iterator[None]:
    """Hold the set-up lock beside `place`.

    The kernel lets go of it when this process ends in any way, so a killed set-up blocks nobody.
    """
    with place.with_name(place.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is making the environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_complete(place: Path, requirements: Path) -> bool:
    """Tell whether `place` holds everything that `requirements` lists."""
    mark = place / f"installed-{requirements.name}"
    return (place / "bin" / "python").exists() and mark.is_file() and mark.read_bytes() == requirements.read_bytes()


def how_to_get_pip() -> str:
    """Say what to install so that this Python can make environments."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if Path("/etc/debian_version").exists() and sys.executable.startswith("/usr/bin/"):
        return f"Install it with:  apt install python{version}-venv     and start again."
    return (
        f"{sys.executable} comes without pip. Install your system's package for it (often python3-pip), "
        "or name another Python:  RUNUT_PYTHON=/path/to/python3.12 ./runut ..."
    )


def make_folder(place: Path) -> list[str]:
    """Make the empty environment and return the command that runs pip for it.

    A finished or foreign environment is kept and added to; one that a start before us left half made is thrown away.
    """
    python = place / "bin" / "python"
    if (place / "making").exists() or not python.exists():
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    (place / "making").touch()
    own_pip = importlib.util.find_spec("ensurepip") is not None
    if not python.exists():
        venv.create(place, with_pip=own_pip, symlinks=True)
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return [str(python), "-m", "pip"]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", str(python)]
    raise SetUpError(f"This Python has neither ensurepip nor pip.\n  {how_to_get_pip()}")


def watch(lines: Iterator[str], total: int) -> deque[str]:
    """Show pip's progress as a count of packages and return its last lines."""
    last: deque[str] = deque(maxlen=SHOWN_AFTER_FAILURE)
    count = 0
    on_screen = sys.stdout.isatty()
    for line in lines:
        last.append(line.rstrip())
        if found := FETCHING.match(line):
            count, name = min(count + 1, total), found["name"] or found["file"]
            if on_screen:
                print(f"\r\033[K  {count:3}/{total}  {name}", end="", flush=True)  # noqa: T201
            elif count % 10 == 0:
                say(f"  {count:3}/{total}  {name}")
        elif line.startswith("Installing collected packages"):
            say(("\r\033[K" if on_screen else "") + f"  {count} packages fetched; unpacking them.")
    return last


def install(pip: list[str], requirements: Path) -> None:
    """Install the locked list, every file checked against its hash."""
    total = len(re.findall(r"^[A-Za-z0-9_.-]+==", requirements.read_text(), re.MULTILINE))
    command = [*pip, "install", "--require-hashes", "--no-deps", "--no-input", "--no-compile", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "--requirement", str(requirements)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as running:
        last = watch(iter(running.stdout or ()), total)
    if running.returncode:
        raise SetUpError(
            "pip could not install the packages. Its last words:\n    "
            + "\n    ".join(last)
            + "\n  Is there a network? Behind a proxy, is HTTPS_PROXY set? Is 1 GB free? Then start again."
        )


def make_environment(place: Path, requirements: Path) -> None:
    """Bring `place` to the state that `requirements` asks for; do nothing when it is there already."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with only_one_set_up(place):
        if is_complete(place, requirements):
            return
        say(f"Making Runut's Python environment in {place} (once; a minute or two).")
        pip = make_folder(place)
        for name in LISTS:
            (place / f"installed-{name}").unlink(missing_ok=True)
        install(pip, requirements)
        for name in LISTS[LISTS.index(requirements.name) :]:
            shutil.copyfile(requirements.with_name(name), place / f"installed-{name}")
        (place / "making").unlink()
        say("The environment is ready.")


def main() -> int:
    """Run the set-up named by the two arguments; the exit code is 1 when it failed."""
    try:
        make_environment(Path(sys.argv[1]), Path(sys.argv[2]))
    except SetUpError as error:
        say(f"runut: the environment could not be made.\n  {error}")
        return 1
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"runut: the environment could not be made.\n  {error}\n  {HOW_TO_NAME_A_FOLDER}")
        return 1
    except KeyboardInterrupt:
        say("\nrunut: interrupted; the next start begins again.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
