"""The first start's set-up, with a real pip and a tiny package from a folder: no network."""

import base64
import fcntl
import hashlib
import subprocess
import sys
import threading
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from workers import environment
from workers.environment import SetUpError, is_complete, make_environment

pytestmark = pytest.mark.slow(12)


def make_wheel(folder: Path, version: str) -> str:
    """Write a wheel of the package `tiny` and return its line for a list of requirements."""
    name = f"tiny-{version}.dist-info"
    content = {
        "tiny.py": f"VERSION = {version!r}\n",
        f"{name}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{name}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text)}")
    wheel = folder / f"tiny-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
        archive.writestr(f"{name}/RECORD", "\n".join([*lines, f"{name}/RECORD,,"]))
    return f"tiny=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    # ensurepip takes ten seconds a time and is what every first start uses anyway; here the way without it is taken.
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else find_spec(name))
    return folder


def write_lists(folder: Path, line: str) -> Path:
    for name in environment.LISTS:
        (folder / name).write_text(line)
    return folder / "requirements.txt"


def version_in(place: Path) -> str:
    words = [str(place / "bin" / "python"), "-c", "import tiny; print(tiny.VERSION)"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_made_once_then_changed_then_repaired(tmp_path: Path, wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "a place" / ".venv"
    requirements = write_lists(tmp_path, make_wheel(wheels, "1.0"))
    make_environment(place, requirements)
    assert is_complete(place, requirements)
    assert version_in(place) == "1.0"

    capsys.readouterr()
    (place / "untouched").touch()
    make_environment(place, requirements)
    assert capsys.readouterr().out == ""

    write_lists(tmp_path, make_wheel(wheels, "2.0"))
    assert not is_complete(place, requirements)
    make_environment(place, requirements)
    assert version_in(place) == "2.0"
    assert (place / "untouched").exists(), "a finished environment is added to, not made anew"

    (place / "making").touch()  # what an interrupted change leaves behind
    (place / "installed-requirements.txt").unlink()
    make_environment(place, requirements)
    assert version_in(place) == "2.0"
    assert not (place / "untouched").exists(), "a half-made environment is thrown away"


def test_a_file_that_is_not_the_locked_one_is_refused(tmp_path: Path, wheels: Path) -> None:
    make_wheel(wheels, "1.0")
    requirements = write_lists(tmp_path, f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SetUpError, match="HASH"):
        make_environment(tmp_path / ".venv", requirements)
    assert not is_complete(tmp_path / ".venv", requirements)


def test_a_second_start_waits_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place, requirements = tmp_path / ".venv", write_lists(tmp_path, "tiny==1.0\n")
    made: list[str] = []
    monkeypatch.setattr(environment, "make_folder", lambda _: made.append("folder"))
    monkeypatch.setattr(environment, "install", lambda *_: made.append("installed"))
    with (tmp_path / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=make_environment, args=(place, requirements))
        second.start()
        second.join(0.3)
        assert second.is_alive()
        (place / "bin").mkdir(parents=True)  # meanwhile the first one finishes
        (place / "bin" / "python").symlink_to(sys.executable)
        (place / "installed-requirements.txt").write_text("tiny==1.0\n")
        fcntl.flock(lock, fcntl.LOCK_UN)
    second.join(10)
    assert made == []
    assert "waiting for it" in capsys.readouterr().out


def test_a_python_without_pip_says_which_package_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SetUpError, match=r"neither ensurepip nor pip") as caught:
        make_environment(tmp_path / ".venv", write_lists(tmp_path, "tiny==1.0\n"))
    assert "install" in str(caught.value).lower()
