"""The embedded server, with real processes and real kills."""

import asyncio
import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.postgres import EmbeddedPostgres
from app.core.postgres.databases import prepare_database
from tests.core.embedded import (
    ground,
    guard_of,
    is_gone,
    kill,
    postmaster_of,
    quick_initdb,
    run_sql,
    start_elsewhere,
    wait_until,
)

__all__ = ["ground", "quick_initdb"]


@pytest.mark.parametrize("then", ["wait", "fork"])
def test_a_killed_parent_takes_the_server_along_and_committed_rows_stay(ground: Path, then: str) -> None:
    process, address = start_elsewhere(ground / "pg", then=then)
    run_sql(address, "CREATE TABLE vote (n int)")
    run_sql(address, "INSERT INTO vote SELECT generate_series(1, 1000)")
    pid = postmaster_of(ground / "pg")
    kill(process)
    wait_until(lambda: is_gone(pid))
    server = EmbeddedPostgres(ground / "pg")
    again = server.start()
    assert run_sql(again, "SELECT count(*), sum(n) FROM vote") == [(1000, 500500)]
    server.stop()


def test_a_killed_guard_takes_the_server_along(ground: Path) -> None:
    with EmbeddedPostgres(ground / "pg"):
        pid = postmaster_of(ground / "pg")
        os.kill(guard_of(pid), signal.SIGKILL)
        wait_until(lambda: is_gone(pid))


def test_everything_killed_at_once_loses_no_committed_row(ground: Path) -> None:
    process, address = start_elsewhere(ground / "pg")
    run_sql(address, "CREATE TABLE vote (n int)")
    run_sql(address, "INSERT INTO vote SELECT generate_series(1, 1000)")
    pid = postmaster_of(ground / "pg")
    for victim in (pid, guard_of(pid), process.pid):
        os.kill(victim, signal.SIGKILL)
    kill(process)
    wait_until(lambda: is_gone(pid))
    with EmbeddedPostgres(ground / "pg") as server:
        assert run_sql(server.start(), "SELECT count(*) FROM vote") == [(1000,)]


def test_stop_leaves_nothing_running(ground: Path) -> None:
    server = EmbeddedPostgres(ground / "pg")
    server.start()
    pid = postmaster_of(ground / "pg")
    guard = guard_of(pid)
    server.stop()
    assert is_gone(pid)
    assert is_gone(guard)
    server.stop()  # the second time is no error


def test_a_second_process_is_given_the_running_server(ground: Path) -> None:
    process, address = start_elsewhere(ground / "pg")
    second = EmbeddedPostgres(ground / "pg")
    assert second.start() == address
    second.stop()  # not its own: goes on
    assert run_sql(address, "SELECT 1") == [(1,)]
    kill(process)
    with EmbeddedPostgres(ground / "pg") as third:  # waits for the first to go, then starts anew
        assert run_sql(third.start(), "SELECT 1") == [(1,)]


def test_two_starts_at_once_make_one_server(ground: Path) -> None:
    started = [start_elsewhere(ground / "pg") for _ in range(3)]
    assert len({address for _, address in started}) == 1
    pid = postmaster_of(ground / "pg")
    for process, _ in started:
        kill(process)
    wait_until(lambda: is_gone(pid))


def test_the_server_keeps_what_it_is_told_and_listens_nowhere(ground: Path) -> None:
    with EmbeddedPostgres(ground / "pg") as server:
        address = server.start()
        names = ("fsync", "full_page_writes", "synchronous_commit", "listen_addresses", "TimeZone", "jit")
        values = [run_sql(address, f"SELECT current_setting('{name}')")[0][0] for name in names]
        assert values == ["on", "on", "on", "", "UTC", "off"]
        row = run_sql(address, "SELECT pg_encoding_to_char(encoding), datlocale FROM pg_database LIMIT 1")[0]
        assert tuple(row) == ("UTF8", "C.UTF-8")
        assert (ground / "pg" / "data").stat().st_mode & 0o777 == 0o700
        assert (ground / "pg" / "socket").stat().st_mode & 0o777 == 0o700


def test_a_database_is_prepared_once(ground: Path) -> None:
    with EmbeddedPostgres(ground / "pg") as server:
        address = server.start()
        first = asyncio.run(prepare_database(address, 'odd "name"'))
        assert asyncio.run(prepare_database(address, 'odd "name"')) == first
        assert run_sql(first, "SELECT current_database()") == [('odd "name"',)]


def test_an_ordinary_user_runs_it_as_himself(ground: Path) -> None:
    if os.geteuid():
        uid = None
    else:
        uid = pwd.getpwnam("daemon").pw_uid
        (ground / "his").mkdir()
        os.chown(ground / "his", uid, -1)
        try:
            subprocess.run([sys.executable, "-c", ""], user=uid, check=True)
        except PermissionError:
            pytest.skip("this Python lies where an ordinary user cannot come")
    process, address = start_elsewhere(ground / "his" / "pg", uid=uid)
    pid = postmaster_of(ground / "his" / "pg")
    assert Path(f"/proc/{pid}").stat().st_uid == (os.geteuid() if uid is None else uid)
    assert run_sql(address, "SELECT 1") == [(1,)]
    kill(process)
    wait_until(lambda: is_gone(pid))
