import subprocess
import sys
from pathlib import Path

import pytest

from app.core.config import PROJECT
from tests import conftest, skip_list


@pytest.mark.parametrize(
    ("reason", "code", "words", "shares"),
    [
        ("only root can do this", 0, "NOT TESTED (1): only root can do this", []),
        ("no time today", 1, "SKIPPED, and tests/expected_skips.txt does not list why (1): no time today", ["-n2"]),
    ],
)
def test_a_skip_for_an_unlisted_reason_fails_the_run(
    tmp_path: Path, reason: str, code: int, words: str, shares: list[str]
) -> None:
    (tmp_path / "test_it.py").write_text(f"import pytest\n\ndef test_it():\n    pytest.skip({reason!r})\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.skip_list",
            "-c",
            "/dev/null",
            "--rootdir",
            tmp_path,
            *shares,
            tmp_path,
        ],
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout


def test_this_run_has_the_list_too() -> None:
    for name in ("collectreport", "runtest_logreport", "sessionfinish", "terminal_summary"):
        assert getattr(conftest, f"pytest_{name}") is getattr(skip_list, f"pytest_{name}")
