"""`./runut doctor` on a machine where things are really broken."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from app.core.config import PROJECT, Settings
from app.core.postgres import EmbeddedPostgres
from app.core.postgres.looking import look_at
from ocr.draw.command import DrawnFile, draw_station
from workers.chromium import find_chromium
from workers.cli.test import prepare_tesseract
from workers.doctor import clock, home, machine, memory, packages, programs, reader
from workers.doctor import database as database_check
from workers.doctor import store as store_check
from workers.doctor.examine import CHECKS, Check, run_check
from workers.doctor.finding import Finding, Level
from workers.tesseract import find_tesseract

pytestmark = pytest.mark.slow(25)


def one(findings: Iterator[Finding], subject: str) -> Finding:
    (found,) = [finding for finding in findings if finding.subject == subject]
    assert found.level is Level.OK or (found.why and found.remedy), "whoever says what is wrong says why and what to do"
    return found


def run_doctor(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    around = {name: value for name, value in os.environ.items() if not name.startswith(("RUNUT_", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", "doctor", *words],
        cwd=PROJECT,
        env={**around, "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_machine_where_nothing_was_set_up_is_well_and_stays_untouched(tmp_path: Path) -> None:
    done = run_doctor("--json", RUNUT_HOME=str(tmp_path / "home"))
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert {finding["subject"] for finding in findings} >= {check.subject for check in CHECKS}
    assert done.returncode == int(any(finding["level"] == "missing" for finding in findings))
    here = {finding["subject"]: finding for finding in findings}
    for subject in ("Python", "database", "digit model", "reader", "Tesseract", "home folder", "signing key"):
        assert here[subject]["level"] == "ok", here[subject]
    assert not (tmp_path / "home").exists()


def test_when_much_is_broken_each_thing_is_told_with_its_remedy_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = run_doctor(
        RUNUT_HOME=str(tmp_path / "home"),
        DATABASE_URL=f"postgresql://runut:rahasia@127.0.0.1:{port}/runut",
        RUNUT_TESSERACT="/nowhere/tesseract",
        RUNUT_CHROMIUM="/nowhere/chromium",
        RUNUT_LEASE_SECONDS="soon",
        COLUMNS="200",
    )
    assert done.returncode == 1
    assert "rahasia" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for words in ("RUNUT_LEASE_SECONDS", "unset RUNUT_LEASE_SECONDS", "home folder", "unset DATABASE_URL"):
        assert words in done.stdout, words
    for subject in ("database", "Tesseract", "home folder", "settings"):
        assert f"\n{subject}: " in done.stdout, subject
    assert "warning  browser" in done.stdout


def test_a_check_that_cannot_even_be_loaded_does_not_silence_the_others(settings: Settings) -> None:
    gone = one(run_check(Check("eyes", "workers.doctor.no_such_module", "look"), settings), "eyes")
    assert gone.level is Level.MISSING
    assert "no_such_module" in gone.found


def test_packages_beside_the_lock_are_named(settings: Settings, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        'pydantic==0.0.1 \\\n    --hash=x\nno-such-thing==2.0 \\\nno-such-windows==1 ; sys_platform == "win32"\n'
    )
    findings = list(packages.check_packages(settings, lock))
    assert [finding.level for finding in findings] == [Level.MISSING, Level.WARNING]
    assert "no-such-thing 2.0" in findings[0].found
    assert "windows" not in findings[0].found
    assert "instead of 0.0.1" in findings[1].found
    assert one(packages.check_packages(settings), "packages").level is Level.OK


def test_a_home_that_may_not_be_written_to(settings: Settings, tmp_path: Path) -> None:
    if not os.geteuid():
        settings = settings.model_copy(update={"home": Path("/proc/runut")})  # nor may root write there
    else:
        tmp_path.chmod(0o500)
    assert one(home.check_home(settings), "home folder").level is Level.MISSING


def test_a_key_that_others_may_read(settings: Settings) -> None:
    assert one(home.check_keys(settings), "signing key").level is Level.OK
    assert not settings.home.exists()
    (settings.home / "keys").mkdir(parents=True)
    key = settings.home / "keys" / "receipt.pem"
    key.write_text("words")
    key.chmod(0o644)
    found = one(home.check_keys(settings), "signing key")
    assert found.level is Level.MISSING
    assert "644" in found.found
    assert f"chmod 600 {key}" in found.remedy
    key.chmod(0o600)
    broken = run_check(Check("signing key", "workers.doctor.home", "check_keys"), settings)
    assert one(broken, "signing key").level is Level.MISSING, "it is closed, but no key"


def test_a_disk_that_is_nearly_full(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "FREE_WANTED", 2**62)
    assert one(home.check_disk(settings), "disk").level is Level.WARNING
    monkeypatch.setattr(home, "FREE_MIN", 2**61)
    assert one(home.check_disk(settings), "disk").level is Level.MISSING


def test_a_container_with_little_memory(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text(f"{1500 * 1024**2}\n")
    monkeypatch.setattr(memory, "LIMITS", (str(tmp_path / "memory.max"),))
    monkeypatch.setenv("RUNUT_READERS", "8")
    found = one(memory.check_memory(settings), "memory")
    assert found.level is Level.WARNING
    assert "RUNUT_READERS=" in found.remedy


def test_a_program_for_another_machine_is_no_tesseract(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "tesseract"
    program.write_text("not a program")
    program.chmod(0o755)
    monkeypatch.setenv("RUNUT_TESSERACT", str(program))
    assert one(programs.check_tesseract(settings), "Tesseract").level is Level.MISSING
    prepare_tesseract()
    assert "RUNUT_TESSERACT=/path/to/tesseract" in capsys.readouterr().err


def test_a_tesseract_without_its_letters(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_tesseract()
    assert found
    (tmp_path / "xyz.traineddata").write_bytes(b"")
    monkeypatch.setenv("RUNUT_TESSERACT", str(found.program))
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    missing = one(programs.check_tesseract(settings), "Tesseract")
    assert missing.level is Level.MISSING
    assert "eng" in missing.remedy


def test_no_browser_is_a_warning_only(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNUT_CHROMIUM", str(tmp_path / "none"))
    assert find_chromium() is None
    assert one(programs.check_browser(settings), "browser").level is Level.WARNING


@pytest.mark.parametrize("damage", ["byte", "gone", "figures"])
def test_a_damaged_model_is_seen(settings: Settings, tmp_path: Path, damage: str) -> None:
    for name in ("digits.onnx", "digits.json"):
        (tmp_path / name).write_bytes(resources.files("ocr.model").joinpath(name).read_bytes())
    assert one(reader.check_model(settings, tmp_path), "digit model").level is Level.OK
    net = tmp_path / "digits.onnx"
    if damage == "byte":
        data = bytearray(net.read_bytes())
        data[len(data) // 2] ^= 1
        net.write_bytes(data)
    elif damage == "gone":
        net.unlink()
    else:
        (tmp_path / "digits.json").write_text("{")
    assert one(reader.check_model(settings, tmp_path), "digit model").level is Level.MISSING


def test_a_reader_that_reads_wrongly_is_seen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(reader.check_reading(settings), "reader").level is Level.OK

    def lie(*words: Any, **named: Any) -> list[DrawnFile]:
        drawn = draw_station(*words, **named)
        fields = [{name: {**truth, "value": 7} for name, truth in file.truth["fields"].items()} for file in drawn]
        return [replace(file, truth={"fields": told}) for file, told in zip(drawn, fields, strict=True)]

    monkeypatch.setattr(reader, "draw_station", lie)
    assert one(reader.check_reading(settings), "reader").level is Level.MISSING


def test_a_database_of_ours_is_looked_into(settings: Settings, database: str) -> None:
    given = settings.model_copy(update={"database_url": database})
    found = {finding.subject: finding for finding in database_check.check_database(given)}
    assert found["database"].level is Level.OK
    assert found["schema"].level is Level.OK
    assert found["database clock"].level is Level.OK
    if "DATABASE_URL" not in os.environ:  # the tests' own server is one to be thrown away
        assert found["database safety"].level is Level.WARNING
        assert "synchronous_commit" in " ".join(f.found for f in database_check.check_database(given))


def test_an_empty_database_wants_its_tables(settings: Settings, server: str) -> None:
    given = settings.model_copy(update={"database_url": server})
    schema = one(database_check.check_database(given), "schema")
    assert schema.level is Level.WARNING
    assert schema.remedy == "./runut migrate"


def test_an_embedded_server_is_found_running_stopped_and_of_another_release(settings: Settings) -> None:
    settings.home.mkdir()
    folder = settings.home / "postgres"
    with EmbeddedPostgres(folder):
        words = [finding.found for finding in database_check.check_database(settings)]
        assert any("does not exist" in word for word in words), "the server runs, our database in it is not made yet"
    assert "not running" in one(database_check.check_database(settings), "database").found
    seen = look_at(folder)
    assert seen is not None
    (seen.data / "PG_VERSION").write_text("13\n")
    assert one(database_check.check_database(settings), "database").level is Level.MISSING
    EmbeddedPostgres(folder).remove()


def test_a_bucket_that_cannot_be_reached(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    given = settings.model_copy(update={"s3_bucket": "photos", "s3_endpoint": f"http://127.0.0.1:{port}"})
    assert one(store_check.check_store(given), "photographs").level is Level.MISSING
    assert one(store_check.check_store(settings), "photographs").level is Level.OK


def test_a_bucket_is_tried_and_found_well_twice(s3_settings: Settings) -> None:
    for _ in range(2):
        found = one(store_check.check_store(s3_settings), "photographs")
        assert found.level is Level.OK
        assert "overwrites nothing" in found.found


def test_the_clock_of_the_past_is_seen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(clock.check_clock(settings), "clock").level is not Level.MISSING
    monkeypatch.setattr(clock, "EARLIEST", clock.EARLIEST.replace(year=2900))
    assert one(clock.check_clock(settings), "clock").level is Level.MISSING


def test_few_files_may_be_opened(settings: Settings) -> None:
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-c", 'ulimit -n 512; exec "$0" -m workers.cli doctor --json', sys.executable],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "RUNUT_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["level"] for line in lines if line["subject"] == "open files"] == ["missing"]
    assert done.returncode == 1
    assert one(machine.check_open_files(settings), "open files").found
