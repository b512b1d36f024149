"""The image's recipe, as far as it can be looked at without a container engine: what it copies, runs and leaves out."""

import json
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from app.core.config import PROJECT

RECIPE = (PROJECT / "Dockerfile").read_text("utf-8")
LINES = [line for line in RECIPE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
IGNORE = [line for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]


def words_of(instruction: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in LINES if line.split()[0] == instruction]


def is_left_out(path: str) -> bool:
    """The rules of .dockerignore: the last line that matches the path, or a folder above it, decides."""
    left_out = False
    places = [path, *(parent.as_posix() for parent in Path(path).parents if parent.as_posix() != ".")]
    for line in IGNORE:
        pattern = line.removeprefix("!")
        if any(fnmatch(place, pattern) or fnmatch(place, pattern.removeprefix("**/")) for place in places):
            left_out = not line.startswith("!")
    return left_out


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """What the build would see: the files under version control that .dockerignore lets through."""
    if not (PROJECT / ".git").exists():
        listed = [path.relative_to(PROJECT).as_posix() for path in PROJECT.rglob("*") if path.is_file()]
    else:
        words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in listed:
        if not is_left_out(name) and (PROJECT / name).is_file():
            copy = tmp_path / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((PROJECT / name).read_bytes())
    return tmp_path


def test_what_is_copied_is_there_and_not_left_out() -> None:
    sources = [words.split()[:-1] for words in words_of("COPY") if not words.startswith("--from")]
    assert ["requirements.txt"] in sources
    for name in {name for names in sources for name in names} - {"."}:
        assert (PROJECT / name).exists()
        assert not is_left_out(name)


def test_nothing_private_and_nothing_of_the_workshop_gets_in(context: Path) -> None:
    inside = {path.name for path in context.iterdir()}
    assert inside == {"app", "ocr", "workers", "migrations", "alembic.ini", "requirements.txt"}
    assert not (context / "ocr" / "train").exists()
    for name in (".runut/keys/receipt.pem", ".git/config", ".venv/bin/python", "deploy/.env", "receipt.pem", "tests/x"):
        assert is_left_out(name), name


def test_what_is_in_the_image_runs_alone(context: Path) -> None:
    """Every command loads, with the image's settings and without the rest of the project."""
    environment = dict(words.split("=", 1) for words in shlex.split(words_of("ENV")[0]))
    assert environment["RUNUT_HOME"] == "/data"
    program = (
        "import importlib, workers.cli.__main__ as front\n"
        "from workers.cli.commands import COMMANDS\n"
        "[importlib.import_module(one.module) for one in COMMANDS if one.name not in {'test', 'lint'}]\n"
        "from app.core.schema import list_revisions\n"
        "assert list_revisions()\n"
        "import app.core.config as config; print(config.PROJECT)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd="/",
        env={**environment, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == str(context)


def test_it_runs_as_an_ordinary_user_given_by_number() -> None:
    last = LINES[max(place for place, line in enumerate(LINES) if line.startswith("FROM ")) :]
    (user,) = [line.split()[1] for line in last if line.startswith("USER ")]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    (made,) = [line for line in last if "useradd" in line]
    assert f"--uid {user.partition(':')[0]} " in made
    assert last.index(made) < last.index(f"USER {user}")


def test_bases_are_pinned_and_packages_come_by_hash() -> None:
    bases = {words.split()[0] for words in words_of("FROM")}
    assert all(re.fullmatch(r"\S+:\d+\.\d+\.\d+-\S+", base) for base in bases)
    assert len(bases) == 1, "built with one Python, run with another"
    (install,) = [words for words in words_of("RUN") if "pip install" in words]
    assert "--require-hashes" in install
    assert "--no-deps" in install


def test_start_and_health_are_words_and_not_a_shell() -> None:
    (entry,), (command,) = map(words_of, ("ENTRYPOINT", "CMD"))
    (health,) = words_of("HEALTHCHECK")
    assert json.loads(entry)[1:] == ["-m", "workers.cli"]
    assert json.loads(command)[0] == "serve"
    assert "/readyz" in json.loads(health.partition("CMD ")[2])[2]
