"""`./runut boxes read`: every picture gets a value, and a file that is none is told so, whatever is in it."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.core.errors import InvalidInputError
from ocr.box_values import value_boxes
from ocr.classify import CLASSES
from ocr.train.batches import draw_set
from ocr.train.hands import collect_writing
from ocr.train.photo import PHOTO
from workers.box_file import CHUNK, open_box_file
from workers.cli.boxes import app


class Opened:
    """Something that does harm when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """Leave a file behind."""
        return Path.touch, (Path("opened"),)


def save(folder: Path, **arrays: object) -> Path:
    np.savez_compressed(folder / "boxes.npz", **arrays)  # type: ignore[arg-type]
    return folder / "boxes.npz"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["read", *map(str, words)])


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    return draw_set(collect_writing("evaluation", range(8), times=1, corrected=0.0, seed=4), 120, 8, PHOTO)


def test_every_picture_gets_a_line_with_value_and_probability(
    tmp_path: Path, drawn: tuple[np.ndarray, np.ndarray]
) -> None:
    pictures, symbols = drawn
    values = np.where(symbols < 10, symbols, 0)
    result = run(save(tmp_path, x=pictures, y=values), "--json", "--labels", "y")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["index"] for line in lines] == list(range(120))
    assert np.mean([line["value"] == line["label"] for line in lines]) >= 0.95
    assert all(0 < line["symbol_probability"] <= line["probability"] + 1e-6 <= 1 + 2e-6 for line in lines)
    crosses = [line for line, symbol in zip(lines, symbols, strict=True) if CLASSES[symbol] == "X"]
    assert {(line["symbol"], line["value"]) for line in crosses} == {("X", 0)}
    right = sum(line["value"] == line["label"] for line in lines)
    assert f"{right} of 120 right" in result.stderr


def test_without_json_a_person_can_read_it(tmp_path: Path, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    result = run(save(tmp_path, x=drawn[0][:3]))
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["0", "1", "2"]


def test_crosses_dashes_and_blanks_together_make_the_value_nought() -> None:
    chances = np.full((1, 13), 0.0, dtype=np.float32)
    chances[0, [0, 8, 10, 11, 12]] = 0.2, 0.3, 0.2, 0.1, 0.2
    (answer,) = value_boxes(chances)
    assert (answer.value, answer.symbol) == (0, "8")
    assert answer.probability == pytest.approx(0.7)
    assert answer.symbol_probability == pytest.approx(0.3)


def test_more_pictures_than_fit_at_once_are_read_in_order(tmp_path: Path, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    order = np.random.default_rng(1).integers(0, 120, size=CHUNK + 5)
    read = np.concatenate(list(open_box_file(save(tmp_path, x=drawn[0][order])).read_pictures()))
    assert np.array_equal(read, drawn[0][order])


BOX = np.zeros((2, 64, 64), dtype=np.uint8)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"pictures": BOX}, r"has no array x; it holds pictures"),
        ({"x": BOX.astype(np.float32)}, r"float32 of shape \(2, 64, 64\), not uint8"),
        ({"x": BOX[:, :32]}, r"shape \(2, 32, 64\), not \(N, 64, 64\)"),
        ({"x": BOX[0]}, r"shape \(64, 64\)"),
        ({"x": BOX[:0]}, "holds no pictures"),
        ({"x": np.asfortranarray(BOX)}, "column by column"),
        ({"x": np.array([Opened()], dtype=object)}, "pickled Python"),
    ],
)
def test_another_array_is_refused_with_its_name_and_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arrays: dict[str, object], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = save(tmp_path, **arrays)
    with pytest.raises(InvalidInputError, match=words):
        open_box_file(path)
    assert not Path("opened").exists()


def test_files_of_another_kind_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "boxes.npz"
    with pytest.raises(InvalidInputError, match="There is no file"):
        open_box_file(path)
    for data in (b"", b"not a package", pickle.dumps(Opened())):
        path.write_bytes(data)
        with pytest.raises(InvalidInputError, match=r"is no \.npz file"):
            open_box_file(path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("x.npy", pickle.dumps(Opened()))
    with pytest.raises(InvalidInputError, match="cannot be read"):
        open_box_file(path)
    assert not Path("opened").exists()


def test_an_array_that_is_shorter_than_it_claims_is_told_and_costs_no_memory(tmp_path: Path) -> None:
    header = io.BytesIO()
    claim = {"descr": "|u1", "fortran_order": False, "shape": (10**12, 64, 64)}
    np.lib.format.write_array_header_1_0(header, claim)
    with zipfile.ZipFile(tmp_path / "boxes.npz", "w") as package:
        package.writestr("x.npy", header.getvalue() + bytes(64 * 64))
    result = run(tmp_path / "boxes.npz")
    assert isinstance(result.exception, InvalidInputError)
    assert "breaks off" in str(result.exception)


def test_labels_of_another_length_are_refused(tmp_path: Path) -> None:
    result = run(save(tmp_path, x=BOX, y=np.zeros(3, dtype=np.int64)), "--labels", "y")
    assert "expected 2 whole numbers" in str(result.exception)


def test_an_unknown_net_is_named(tmp_path: Path) -> None:
    result = run(save(tmp_path, x=BOX), "--model", "letters")
    assert "no net 'letters'" in str(result.exception)
