"""The files under deploy/ name settings, metrics, commands and a version that exist."""

import importlib
import re

import pytest
from fastapi import FastAPI
from typer.main import get_command

from app.core.config import PROJECT
from workers import VERSION
from workers.cli.commands import COMMANDS
from workers.cli.serve import configure

FILES = {
    path.relative_to(PROJECT).as_posix(): path.read_text("utf-8")
    for path in (PROJECT / "deploy").rglob("*")
    if path.is_file() and path.suffix != ".pyc" and path.name not in {".env", "secrets.env", "receipt.pem"}
}
SOURCES = "\n".join(path.read_text("utf-8") for path in (PROJECT / "app").rglob("*.py"))
IN_DEPLOY = r"^\s*(?:command|args): (\[(?:serve|work|migrate)\b.*\])$"
COMMAND_LINES = [line for words in FILES.values() for line in re.findall(IN_DEPLOY, words, re.MULTILINE)]


def test_every_setting_is_one() -> None:
    named = set(re.findall(r"\bRUNUT_[A-Z0-9_]+\b", "\n".join(FILES.values())))
    page = (PROJECT / "docs" / "configuration.md").read_text("utf-8")
    assert len(named) >= 12
    assert {name for name in named if f"| `{name}` |" not in page} == set()


def test_every_metric_of_the_alerts_is_one() -> None:
    named = set(re.findall(r"\brunut_[a-z_]+", FILES["deploy/prometheus/alerts.yml"]))
    assert len(named) >= 8
    assert {name for name in named if f'"{name.removesuffix("_bucket").removesuffix("_total")}' not in SOURCES} == set()


def test_a_proxy_gives_up_a_connection_before_the_site_does() -> None:
    """A site that is busy closes an old connection although a question has just come in by it."""
    kept = configure(FastAPI()).timeout_keep_alive
    for name, pattern in (("nginx.conf", r"keepalive_timeout (\d+)s;"), ("Caddyfile", r"keepalive (\d+)s ")):
        (seconds,) = re.findall(pattern, FILES[f"deploy/proxy/{name}"])
        assert int(seconds) + 30 < kept, name


def test_the_image_is_of_this_version() -> None:
    assert f"image: runut:{VERSION}\n" in FILES["deploy/compose.yaml"]
    assert f"newTag: {VERSION}\n" in FILES["deploy/kubernetes/kustomization.yaml"]


@pytest.mark.parametrize("line", sorted(set(COMMAND_LINES)))
def test_every_command_line_is_understood(line: str) -> None:
    name, *words = [word.strip().strip('"') for word in line.strip("[]").split(",")]
    module = importlib.import_module(next(one.module for one in COMMANDS if one.name == name))
    get_command(module.app).make_context(name, words)


def test_all_three_commands_are_used() -> None:
    assert {line.strip("[]").partition(",")[0] for line in COMMAND_LINES} == {"serve", "work", "migrate"}


def test_the_health_check_and_the_probes_ask_for_pages_that_are_served() -> None:
    asked = set(re.findall(r"path: (/\w+), port", "\n".join(FILES.values())))
    assert asked == {"/healthz", "/readyz"}
    assert all(f'@health.get("{path}"' in SOURCES or f'.get("{path}"' in SOURCES for path in asked)


def test_no_secret_is_written_down() -> None:
    lines = FILES["deploy/.env.example"] + FILES["deploy/kubernetes/secrets.example.env"]
    for line in lines.splitlines():
        name, _, value = line.partition("=")
        if not line.startswith("#") and re.search(r"PASSWORD|SECRET|TOKEN|ACCESS_KEY", name):
            assert value == "", name
    assert not list((PROJECT / "deploy").rglob("*.pem")) or "*.pem" in (PROJECT / ".gitignore").read_text("utf-8")
