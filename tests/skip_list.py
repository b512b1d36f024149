"""Nothing is skipped in silence: what was not tested is told, and a reason that nobody listed fails the run."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

EXPECTED_SKIPS = Path(__file__).with_name("expected_skips.txt")

_skipped: dict[str, int] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Count a skip under its reason; an expected failure is none."""
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        _skipped[reason] = _skipped.get(reason, 0) + 1


def _unexpected_skips() -> list[str]:
    lines = [line.strip() for line in EXPECTED_SKIPS.read_text().splitlines()]
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [reason for reason in _skipped if not any(fnmatch(reason, pattern) for pattern in patterns)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when something was skipped that nobody expected to be."""
    if _unexpected_skips() and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    unexpected = _unexpected_skips()
    for reason, times in _skipped.items():
        mark = "SKIPPED, and tests/expected_skips.txt does not list why" if reason in unexpected else "NOT TESTED"
        terminalreporter.write_line(f"{mark} ({times}): {reason}", yellow=True, bold=True)
