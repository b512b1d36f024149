"""The shell script `runut`, in a copy of the project whose Python is a stand-in that tells how it was called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.core.config import PROJECT

TELL = """#!/bin/sh
echo "path=$PYTHONPATH safe=$PYTHONSAFEPATH home=${RUNUT_HOME:-}"
for word in "$@"; do echo "[$word]"; done
exit 7
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder's name"
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(PROJECT / "runut", folder / "runut")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text(f"{name}==1\n")
        shutil.copy(folder / name, folder / ".venv" / f"installed-{name}")
    (folder / ".venv" / "bin" / "python").write_text(TELL)
    (folder / ".venv" / "bin" / "python").chmod(0o755)
    return folder


def run(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(words, cwd=cwd, env=clean, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_words_folder_and_exit_code_come_through_from_anywhere(project: Path, tmp_path: Path, shell: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link").symlink_to("../second link")
    (tmp_path / "second link").symlink_to(project / "runut")
    done = run(shell, "elsewhere/link", "read", "my photo.jpg", "", cwd=tmp_path)
    assert done.returncode == 7
    assert done.stdout.splitlines() == [
        f"path={project} safe=1 home=",
        "[-m]",
        "[workers.cli]",
        "[read]",
        "[my photo.jpg]",
        "[]",
    ]


def test_a_search_path_of_ones_own_is_kept_behind_ours(project: Path) -> None:
    done = run("./runut", cwd=project, PYTHONPATH="/mine")
    assert done.stdout.startswith(f"path={project}:/mine ")


def test_without_a_python_it_says_what_to_install(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / ".venv")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("dirname", "readlink", "cmp"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    (tools / "python3").write_text("#!/bin/sh\n[ $1 = --version ] && echo Python 3.8.10 || exit 1\n")
    (tools / "python3").chmod(0o755)
    shell = shutil.which("sh")
    assert shell
    done = run(shell, "./runut", "demo", cwd=project, PATH=str(tools))
    assert done.returncode == 1
    assert "Python 3.11 or later is needed" in done.stderr
    assert "python3 is: Python 3.8.10" in done.stderr
    assert "apt install python3 python3-venv" in done.stderr
    assert not (project / ".venv").exists()


def test_a_python_that_does_not_do_is_named(project: Path) -> None:
    shutil.rmtree(project / ".venv")
    done = run("./runut", cwd=project, RUNUT_PYTHON="/bin/true")
    assert done.returncode == 1
    assert "RUNUT_PYTHON names one that does not do: /bin/true" in done.stderr


def test_another_users_project_is_run_but_not_written_to(project: Path, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can make a folder of another user")
    os.chown(project, 65534, -1)
    done = run("./runut", cwd=project, HOME=str(tmp_path))
    assert f"home={tmp_path}/.local/share/runut" in done.stdout
