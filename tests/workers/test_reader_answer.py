"""What a reader's child may make its parent do: nothing but look at plain values."""

import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import connection
from pathlib import Path
from typing import Any

import pytest

from ocr.split import Page
from workers.look_at_pages import Outline, Unreadable
from workers.look_at_photos import Sight
from workers.reader_answer import NotAnAnswerError, pack_error, pack_value, unpack_answer
from workers.reader_child import call_named
from workers.reader_process import Limits, ReaderCrashedError, ReaderProcess


class Order:
    """Pickled: an order to make a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.path),)


class CameOverError(Exception):
    """Of a library that the parent does not load."""


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    child = ReaderProcess(Limits(), ())
    yield child
    child.close()


def answer_with(said: bytes) -> None:
    """Run in a child: write to the parent over the child's own line, as code in a taken-over decoder would."""
    connection.Connection(int(sys.argv[1])).send_bytes(said)
    threading.Event().wait()


def break_down() -> None:
    raise CameOverError("no light")


def open_nothing() -> None:
    Path("/nonexistent/page").read_bytes()


def give_order(path: Path) -> Order:
    return Order(path)


def test_what_an_honest_reader_says_arrives_as_it_was() -> None:
    for value in (
        None,
        (1, 2.5, "a", b"b", True),
        [{"fields": {"x": [1, None]}}, frozenset({"y"}), {3}, bytearray(b"z")],
        Outline(3),
        Unreadable("truncated", "cut off", 2),
        Page(1, b"picture", "image/png", 3, 4, blank=True, made_by="me"),
        Sight(({"file": "a"},), b"page", {"field": b"crop"}, None),
    ):
        assert unpack_answer(pack_value(value)) == (value, None)


def test_what_a_call_raised_is_raised_again_in_words(reader: ReaderProcess) -> None:
    with pytest.raises(ValueError, match=r"^invalid literal for int"):
        reader.call(int, "x")
    with pytest.raises(OSError, match=r"^FileNotFoundError: \[Errno 2\] No such file"):
        reader.call(open_nothing)
    with pytest.raises(RuntimeError, match=r"^CameOverError: no light$"):
        reader.call(break_down)
    assert str(unpack_answer(pack_error(KeyError("form")))[1]) == "'form'"


def test_a_value_that_no_reader_sends_is_refused_where_it_is_made(reader: ReaderProcess, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"test_reader_answer\.Order; see SENT_CLASSES"):
        reader.call(give_order, tmp_path / "made")
    with pytest.raises(TypeError, match="numpy"):
        reader.call(call_named, "numpy", "float64", 1.5)
    assert not (tmp_path / "made").exists()


def test_a_child_that_was_taken_over_makes_its_parent_run_nothing(reader: ReaderProcess, tmp_path: Path) -> None:
    made = tmp_path / "made"
    order = Order(made)
    for said in ((order, None), (None, ("ValueError", order))):
        with pytest.raises(ReaderCrashedError, match="answer is none"):
            reader.call(answer_with, pickle.dumps(said))
        assert reader.pid is None, "it must not live to the next photograph"
    assert not made.exists()
    assert reader.call(abs, -3) == 3


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_order_is_not_run_wherever_it_hides(protocol: int, tmp_path: Path) -> None:
    made = tmp_path / "made"
    order = Order(made)
    for said in (order, (order, None), (None, order), ([{"a": order}], None), (None, (order, "words"))):
        with pytest.raises(NotAnAnswerError):
            unpack_answer(pickle.dumps(said, protocol))
    assert not made.exists()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"cbuiltins\neval\n.",
        b"cworkers.look_at_photos\ncv2\n.",
        b"cworkers.look_at_photos\nSight.__init__\n.",
        b"(S'x'\nios\nmkdir\n.",
        b"Px\n.",
        b"\x82\x01.",
        pickle.dumps((Outline(1), None)),  # made past __init__, with a state of its own
        pickle.dumps((1, 2, 3)),
        pickle.dumps((None, ("SystemExit", "end"))),
        pickle.dumps((None, ("ReaderCrashedError", "it was not me"))),
        pickle.dumps((None, ("ValueError", 1))),
    ],
)
def test_bytes_that_are_no_answer_are_refused(said: bytes) -> None:
    with pytest.raises(NotAnAnswerError):
        unpack_answer(said)


def test_an_answer_cannot_change_a_class_for_the_answers_after_it() -> None:
    before = dict(vars(Outline))
    # BUILD with (None, {"pages": 9, "__eq__": 9}): sets attributes of whatever find_class returned
    found = b"cworkers.look_at_pages\nOutline\n(N}(S'pages'\nI9\nS'__eq__'\nI9\nutb"
    unpack_answer(b"(" + found + b"Nt.")
    assert dict(vars(Outline)) == before


def test_a_class_whose_module_the_parent_has_not_loaded_is_not_loaded_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = pack_value(Outline(1))
    monkeypatch.delitem(sys.modules, "workers.look_at_pages")
    with pytest.raises(NotAnAnswerError):
        unpack_answer(said)
    assert "workers.look_at_pages" not in sys.modules


def test_an_answer_that_would_fill_the_memory_is_not_taken(
    reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.reader_process.ANSWER_BYTES_MAX", 1000)
    with pytest.raises(ReaderCrashedError):
        reader.call(bytes, 2000)
    assert reader.call(bytes, 900) == bytes(900)
