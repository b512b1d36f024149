"""The folders of an embedded server: whose they are, what is refused, what an end or a move leaves."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from app.core.postgres import EmbeddedPostgres, EmbeddedPostgresError, cluster, programs
from app.core.postgres.postmaster import read_postmaster
from app.core.postgres.runner import choose_runner
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
