"""The page of settings names every setting with its default, and none that does not exist."""

import re
from typing import Any

from pydantic import SecretStr

from app.core.config import PROJECT, Settings

PAGE = (PROJECT / "docs" / "configuration.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z0-9_]+)` \|.*\| ([^|]*) \|$", PAGE, re.MULTILINE))
OF_TESTS = {"RUNUT_TEST_OF_DEMO", "RUNUT_TEST_PICTURES"}
"""Marks that tests and benchmarks give to their own processes."""

MADE_BY_SERVE = {"RUNUT_DATABASE_URL"}
"""A name that is taken out of an environment: the setting is called DATABASE_URL."""


def name_of(field: str) -> str:
    return str(Settings.model_fields[field].validation_alias or f"RUNUT_{field.upper()}")


def spell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def sources() -> str:
    paths = [path for package in ("app", "ocr", "workers") for path in (PROJECT / package).rglob("*.py")]
    return "\n".join(path.read_text("utf-8") for path in [*paths, PROJECT / "runut", PROJECT / "tests" / "conftest.py"])


def test_every_setting_stands_on_the_page_once() -> None:
    named = re.findall(r"^\| `([A-Z0-9_]+)` \|", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(set(named))
    assert {name_of(field) for field in Settings.model_fields} <= set(named)


def test_defaults_are_the_ones_of_the_code() -> None:
    given: dict[str, str] = {
        name_of(field): spell(info.default)
        for field, info in Settings.model_fields.items()
        if info.default not in {None, ""} and field not in {"home", "layouts", "base_url"}
    }
    assert len(given) >= 8
    assert {name: ROWS[name].partition(":")[0].strip("`") for name in given} == given


def test_no_setting_is_read_that_is_not_on_the_page_and_none_is_on_it_that_nothing_reads() -> None:
    used = set(re.findall(r"\bRUNUT_[A-Z0-9_]*[A-Z0-9]\b(?!_)", sources())) - OF_TESTS - MADE_BY_SERVE
    of_settings = {name_of(field) for field in Settings.model_fields}
    assert used - ROWS.keys() - {"RUNUT_S3"} == set()
    assert ROWS.keys() - used - of_settings == {"RUNUT_SHARED"} - used


def test_secrets_are_called_secrets() -> None:
    secret = {name_of(field) for field, info in Settings.model_fields.items() if "SecretStr" in str(info.annotation)}
    assert SecretStr.__name__ in str(Settings.model_fields["metrics_token"].annotation)
    last = PAGE.partition("## Secrets")[2]
    assert all(f"`{name}`" in last for name in secret)
