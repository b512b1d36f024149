import importlib
import subprocess
import sys

import pytest
import typer

from app.core.config import PROJECT
from workers.cli import __main__ as cli
from workers.cli.commands import COMMANDS, Command


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(PROJECT), "COLUMNS": "100", "LC_ALL": "C.UTF-8"},
    )


def test_help_names_every_command_with_its_sentence_and_the_two_first() -> None:
    page = run("--help").stdout
    words = " ".join(page.replace("│", " ").split())
    for command in COMMANDS:
        assert f"{command.name} {command.sentence}" in words
    assert [command.name for command in COMMANDS[:2]] == ["demo", "test"]
    assert words.index("demo Run") < words.index("test Run") < words.index("serve Start")


def test_help_loads_no_heavy_library() -> None:
    words = "import sys, workers.cli.__main__ as m; m.make_front_page(); print(sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", words], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    for library in ("cv2", "numpy", "sqlalchemy", "fastapi", "onnxruntime"):
        assert f"'{library}'" not in loaded


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_that_is_listed_is_there(command: Command) -> None:
    assert isinstance(importlib.import_module(command.module).app, typer.Typer)


def test_a_misspelt_command_is_told_the_right_one() -> None:
    done = run("sevre")
    assert done.returncode == 2
    assert "Did you mean 'serve'" in done.stderr


def test_an_unforeseen_error_is_one_sentence_and_debug_shows_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = typer.Typer()

    @broken.command()
    def run() -> None:
        raise KeyError("suara_sah")

    monkeypatch.setattr("importlib.import_module", lambda _: type("module", (), {"app": broken}))
    assert cli.main(["report"]) == 1
    words = capsys.readouterr().err
    assert "KeyError: 'suara_sah' at test_cli.py:" in words
    assert "./runut --debug report" in words
    assert "Traceback" not in words
    with pytest.raises(KeyError):
        cli.main(["--debug", "report"])
