"""`./runut read` over hostile files: each gives its line, and those after it are read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.config import PROJECT
from tests.hostile.form import draw_form
from tests.hostile.make_corpus import FAMILIES

pytestmark = pytest.mark.slow


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", "read", *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(PROJECT), "COLUMNS": "100", "LC_ALL": "C.UTF-8"},
    )


def test_a_file_that_kills_the_reader_gets_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    drawn = {one.name: one.data for one in FAMILIES["killer"]()}
    strange = {one.name: one.data for one in FAMILIES["stranger"]()}
    files = {
        "A-1.pdf": drawn["pdf-drawing-within-itself"],
        "A-2.jpg": draw_form().jpeg,
        "B-1[bold].jpg": strange["zip-bomb"],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    stages = tmp_path / "stages"

    done = run("--json", "--keep", str(stages), *(str(tmp_path / name) for name in files))

    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(Path(line["file"]).name, line["refused"]) for line in lines] == [
        ("A-1.pdf", "too_complex"),
        ("A-2.jpg", None),
        ("B-1[bold].jpg", "not_an_image"),
    ]
    truth = draw_form().values
    assert {name: field["value"] for name, field in lines[1]["fields"].items()} == truth
    assert (stages / "A-2-3-registered.png").is_file()


def test_the_parent_loads_no_decoder() -> None:
    words = "import sys, workers.cli.read; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", words], cwd=PROJECT, capture_output=True, text=True, check=True)
    for library in ("cv2", "numpy", "PIL", "onnxruntime", "pypdfium2", "pillow_heif"):
        assert f"'{library}'" not in done.stdout
