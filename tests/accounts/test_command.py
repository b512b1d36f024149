"""`./runut account` against a real database, as an operator types it."""

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from app.core.config import get_settings
from workers.cli.account import app


@pytest.fixture
def runner(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


def test_an_account_is_made_from_a_piped_password_and_listed(runner: CliRunner) -> None:
    made = runner.invoke(app, ["add", "Sari", "--role", "reviewer"], input="empat kata yang mudah\n")
    listed = runner.invoke(app, ["list"])

    assert made.exit_code == 0, made.output
    assert made.stdout == "Account sari (reviewer) is ready.\n"
    assert "reviewer" in listed.stdout
    assert "empat kata" not in made.output + listed.output


def test_a_generated_password_is_printed_once(runner: CliRunner) -> None:
    made = runner.invoke(app, ["add", "budi", "--generate"])

    password = made.stdout.split("Password: ")[1].split()[0]
    assert len(password) == 16
    assert password not in runner.invoke(app, ["list"]).stdout


@pytest.mark.parametrize(("name", "password"), [("a b", "empat kata yang mudah"), ("sari", "short")])
def test_what_breaks_a_rule_makes_nothing(runner: CliRunner, name: str, password: str) -> None:
    assert runner.invoke(app, ["add", name], input=f"{password}\n").exit_code != 0
    assert "active" not in runner.invoke(app, ["list"]).stdout


def test_an_operator_invites_and_sees_links_and_skills(runner: CliRunner) -> None:
    made = runner.invoke(app, ["add", "pengelola", "--role", "admin"], input="empat kata yang mudah\n")
    assert made.exit_code == 0, made.output
    invited = runner.invoke(app, ["invite", "Pengelola", "--uses", "40"])
    assert "/undangan/" in invited.stdout, invited.output
    assert "For 40 volunteer account(s)" in invited.stdout
    assert runner.invoke(app, ["invite", "siapa"]).exit_code != 0
    assert runner.invoke(app, ["links"]).stdout == "No accounts are linked.\n"
    assert runner.invoke(app, ["skill"]).stdout == "Nothing is known of any reader yet.\n"


def test_an_admin_withdraws_readers_all_or_none(runner: CliRunner) -> None:
    for name, role in (("pengelola", "admin"), ("peninjau", "reviewer"), ("budi", "volunteer"), ("tini", "volunteer")):
        assert runner.invoke(app, ["add", name, "--role", role], input="empat kata yang mudah\n").exit_code == 0
    why = ["--reason", "Bersekongkol."]

    for refused in (["budi", "--by", "peninjau", *why], ["budi", "siapa", "--by", "pengelola", *why]):
        assert runner.invoke(app, ["withdraw", *refused]).exit_code != 0
    assert "suspended" not in runner.invoke(app, ["list"]).stdout
    done = runner.invoke(app, ["withdraw", "Budi", "tini", "--by", "pengelola", *why])
    assert done.stdout == "0 readings no longer count; 0 sections are decided again.\n", done.output
    assert runner.invoke(app, ["list"]).stdout.count("suspended") == 2
