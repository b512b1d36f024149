"""The embedded server, with real processes and real kills."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.core.config import PROJECT
from app.core.postgres import EmbeddedPostgres, EmbeddedPostgresError, cluster, programs
from app.core.postgres import server as server_module
from app.core.postgres.databases import plain_dsn, prepare_database
from app.core.postgres.postmaster import read_postmaster
from app.core.postgres.runner import choose_runner

START = """
import os, sys, time
from pathlib import Path
from app.core.postgres import EmbeddedPostgres
if sys.argv[2]:
    os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
if sys.argv[3] == "fork" and os.fork() == 0:
    os.close(1)
    time.sleep(60)  # a child that holds the guard's pipe
    os._exit(0)
if sys.argv[3] == "stop":
    server.stop()
else:
    time.sleep(60)
"""


@pytest.fixture
def ground() -> Iterator[Path]:
    """A short folder that the server's user can pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="runut pg'"))  # a blank and a quote on purpose
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def quick_initdb(monkeypatch: pytest.MonkeyPatch) -> None:
    """New folders need not survive a power cut here; what is killed in these tests is processes."""
    monkeypatch.setattr(server_module, "INITDB", (*server_module.INITDB, "--no-sync"))


def start_elsewhere(folder: Path, *, uid: int | None = None, then: str = "wait") -> tuple[subprocess.Popen[str], str]:
    """Start the server in a process of its own; return the process and the address."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(folder), "" if uid is None else str(uid), then],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    process.kill()
    process.wait()
    process.stdout.close()


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def run_sql(address: str, statement: str) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(plain_dsn(address))
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    return asyncio.run(run())


def postmaster_of(folder: Path) -> int:
    found = read_postmaster(folder / "data")
    assert found is not None
    return found.pid


def guard_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


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


def test_a_long_path_gets_a_short_socket_that_is_removed_at_the_end(ground: Path) -> None:
    folder = ground / ("long" * 20) / "pg"
    server = EmbeddedPostgres(folder)
    address = server.start()
    found = read_postmaster(folder / "data")
    assert found is not None
    assert not found.sockets.is_relative_to(ground)
    assert found.sockets.stat().st_mode & 0o777 == 0o700
    assert run_sql(address, "SELECT 1") == [(1,)]
    server.stop()
    assert not found.sockets.exists()


def test_modes_of_folders_made_by_others_stay(ground: Path) -> None:
    (ground / "home").mkdir(mode=0o755)
    (ground / "home" / "pg").mkdir()
    (ground / "home" / "pg").chmod(0o775)
    before = [path.stat().st_mode for path in (ground, ground / "home", ground / "home" / "pg")]
    with EmbeddedPostgres(ground / "home" / "pg"):
        assert [path.stat().st_mode for path in (ground, ground / "home", ground / "home" / "pg")] == before


def test_a_folder_with_other_files_is_refused_and_left_alone(ground: Path) -> None:
    (ground / "thesis.txt").write_text("words")
    with pytest.raises(EmbeddedPostgresError, match="holds files, but no database of Runut"):
        EmbeddedPostgres(ground).start()
    assert [path.name for path in ground.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_folders_place_is_refused(ground: Path) -> None:
    (ground / "pg").write_text("words")
    with pytest.raises(EmbeddedPostgresError, match="is not a folder"):
        EmbeddedPostgres(ground / "pg").start()


def test_a_data_folder_of_another_release_is_refused(ground: Path) -> None:
    EmbeddedPostgres(ground / "pg").__enter__().stop()
    (ground / "pg" / "data" / "PG_VERSION").write_text("13\n")
    with pytest.raises(EmbeddedPostgresError, match="was made by PostgreSQL 13"):
        EmbeddedPostgres(ground / "pg").start()
    (ground / "pg" / "data" / "PG_VERSION").unlink()
    with pytest.raises(EmbeddedPostgresError, match="PG_VERSION is missing"):
        EmbeddedPostgres(ground / "pg").start()


def test_an_interrupted_initdb_leaves_nothing_behind(ground: Path) -> None:
    EmbeddedPostgres(ground / "pg").__enter__().stop()
    (ground / "pg" / "data").rename(ground / "pg" / "data.new-abandoned")
    with EmbeddedPostgres(ground / "pg"):
        assert not (ground / "pg" / "data.new-abandoned").exists()
        assert (ground / "pg" / "data" / "PG_VERSION").exists()


def test_a_left_behind_pid_of_another_program_does_not_block_the_start(ground: Path) -> None:
    process, _ = start_elsewhere(ground / "pg")
    pid = postmaster_of(ground / "pg")
    words = (ground / "pg" / "data" / "postmaster.pid").read_text()
    for victim in (pid, guard_of(pid), process.pid):
        os.kill(victim, signal.SIGKILL)
    kill(process)
    wait_until(lambda: is_gone(pid))
    (ground / "pg" / "data" / "postmaster.pid").write_text(words.replace(str(pid), str(os.getpid()), 1))
    with EmbeddedPostgres(ground / "pg") as server:
        assert run_sql(server.start(), "SELECT 1") == [(1,)]


def test_a_moved_folder_goes_on_and_a_server_that_cannot_start_says_why(ground: Path) -> None:
    EmbeddedPostgres(ground / "pg").__enter__().stop()
    (ground / "pg").rename(ground / "elsewhere")
    with EmbeddedPostgres(ground / "elsewhere") as server:
        assert run_sql(server.start(), "SELECT 1") == [(1,)]
    with pytest.raises(EmbeddedPostgresError, match="unrecognized configuration parameter"):
        EmbeddedPostgres(ground / "elsewhere", {"no_such_setting": "1"}).start()


def test_root_finds_a_place_that_the_servers_user_can_reach(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("only root has to hand the server to another user")
    (ground / "closed").mkdir(mode=0o700)
    (ground / "open").mkdir(mode=0o755)
    monkeypatch.setattr(cluster, "ELSEWHERE", (ground / "open",))
    folder = ground / "closed" / "pg"
    with EmbeddedPostgres(folder) as server:
        address = server.start()
        run_sql(address, "CREATE TABLE vote (n int)")
        (place,) = (ground / "open").iterdir()
        assert (place / "data").stat().st_uid == choose_runner().uid
        assert (ground / "closed").stat().st_mode & 0o777 == 0o700
    with EmbeddedPostgres(folder) as server:
        assert run_sql(server.start(), "SELECT count(*) FROM vote") == [(0,)]
    shutil.copytree(folder, ground / "closed" / "copy")
    with pytest.raises(EmbeddedPostgresError, match="is a copy of"):
        EmbeddedPostgres(ground / "closed" / "copy").start()
    EmbeddedPostgres(folder).remove()
    assert list((ground / "open").iterdir()) == []


def test_roots_closed_programs_are_copied_to_where_the_servers_user_can_read_them(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid():
        pytest.skip("only root has to hand the server to another user")
    installed = programs.find_programs()
    closed = ground / "closed"
    shutil.copytree(installed.folder, closed / programs.INSTALLED)
    shutil.copytree(installed.folder.parents[1] / programs.LIBRARIES, closed / programs.LIBRARIES)
    for path in [closed, *closed.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)  # what pip leaves under root's umask 077
    shut = programs.Programs(closed / programs.INSTALLED, installed.release)
    monkeypatch.setattr(programs, "find_programs", lambda: shut)
    before = os.umask(0o077)
    try:
        with EmbeddedPostgres(ground / "pg") as server:
            assert run_sql(server.start(), "SELECT 1") == [(1,)]
            assert Path(f"/proc/{postmaster_of(ground / 'pg')}/exe").resolve().is_relative_to(ground / "pg")
    finally:
        os.umask(before)


def test_a_removed_server_leaves_nothing(ground: Path) -> None:
    server = EmbeddedPostgres(ground / "pg")
    server.start()
    pid = postmaster_of(ground / "pg")
    with pytest.raises(EmbeddedPostgresError, match=f"Process {pid} runs a server"):
        EmbeddedPostgres(ground / "pg").remove()
    server.remove()
    assert is_gone(pid)
    assert list(ground.iterdir()) == []
    (ground / "thesis.txt").write_text("words")
    EmbeddedPostgres(ground).remove()  # not a server's folder: stays
    assert [path.name for path in ground.iterdir()] == ["thesis.txt"]


def test_another_users_folder_is_refused_and_left_alone(ground: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can make a folder of another user")
    (ground / "pg").mkdir()
    os.chown(ground / "pg", 65534, -1)
    with pytest.raises(EmbeddedPostgresError, match="belongs to user id 65534"):
        EmbeddedPostgres(ground / "pg").start()
    assert list((ground / "pg").iterdir()) == []


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
