"""What a reader's child says to its parent: pickled, and taken apart without trusting it.

A pickle is a program, and a child whose decoder was taken over may write any. So the parent's side knows no classes but
the few listed here, and no functions at all; a call that raised answers with two texts. What is said may still be
untrue, as a misread number is.
"""

import pickle
import sys
from collections.abc import Callable
from dataclasses import fields
from io import BytesIO
from types import MappingProxyType
from typing import Any, Final, NoReturn

ANSWER_BYTES_MAX = 256 * 1024 * 1024
"""Far more than the largest page of a document as a picture, and little enough to be held."""

SENT_CLASSES: Final = frozenset(
    {
        ("workers.look_at_photos", "Sight"),
        ("workers.look_at_pages", "Outline"),
        ("workers.look_at_pages", "Unreadable"),
        ("ocr.split", "Page"),
    }
)
"""Module and name of the frozen dataclasses in honest answers; all else is None, numbers, texts, bytes and containers.

A function that is to run in a child returns these. A new class gets its line here; a test's function returns a dict.
"""

_RAISED: Final = MappingProxyType[str, type[Exception]](
    {
        one.__name__: one
        for one in (
            *(AttributeError, IndexError, KeyError, MemoryError, NotImplementedError, OSError, OverflowError),
            *(RecursionError, RuntimeError, TypeError, ValueError, ZeroDivisionError),
        )
    }
)
"""What a call may be seen to raise. Others come as the nearest of these above them, or else as RuntimeError."""


class NotAnAnswerError(Exception):
    """What a child sent is none of the things that an honest one sends."""


class _Packer(pickle.Pickler):
    """Sends the listed classes as their fields, and nothing else that has a class of its own."""

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 (pickle's own signature)
        """Name a listed class, take its instances apart, refuse the rest here, where the mistake can be seen."""
        kind = value if isinstance(value, type) else type(value)
        if (kind.__module__, kind.__qualname__) not in SENT_CLASSES:
            raise TypeError(f"A reader cannot answer with {kind.__module__}.{kind.__qualname__}; see SENT_CLASSES.")
        if value is kind:
            return NotImplemented
        return kind, tuple(getattr(value, one.name) for one in fields(kind))


class _Unpacker(pickle.Unpickler):
    """Knows the listed classes only, and those only that this process has loaded itself."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Return what makes a listed class's instances; never the class: a pickle may also set attributes of it."""
        if (module, name) not in SENT_CLASSES or module not in sys.modules:
            raise pickle.UnpicklingError(f"{module}.{name} belongs in no answer")
        kind = getattr(sys.modules[module], name)
        return lambda *values: kind(*values)  # noqa: PLW0108 (the class itself is what must not get out)

    def persistent_load(self, pid: Any) -> NoReturn:  # noqa: ANN401 (pickle's own signature)
        """Nothing is kept elsewhere."""
        raise pickle.UnpicklingError(f"nothing is known as {pid!r:.20}")


def pack_value(value: object) -> bytes:
    """Pack what a call returned. Raises TypeError: it is, or holds, something of a class that is not listed."""
    return _pack(value, None)


def pack_error(error: Exception) -> bytes:
    """Pack what a call raised, as texts."""
    kind = next((one.__name__ for one in type(error).__mro__ if _RAISED.get(one.__name__) is one), "RuntimeError")
    words = error.args[0] if len(error.args) == 1 and isinstance(error.args[0], str) else str(error)
    return _pack(None, (kind, words if kind == type(error).__name__ else f"{type(error).__name__}: {words}"))


def _pack(value: object, raised: tuple[str, str] | None) -> bytes:
    buffer = BytesIO()
    _Packer(buffer, pickle.HIGHEST_PROTOCOL).dump((value, raised))
    return buffer.getvalue()


def unpack_answer(data: bytes) -> tuple[Any, Exception | None]:
    """Return what a call returned, and what it raised.

    Raises:
        NotAnAnswerError: nothing of it was run, and no class that is not listed was looked up.
    """
    try:
        value, raised = _Unpacker(BytesIO(data)).load()
        return value, None if raised is None else _build_error(*raised)
    except Exception as error:  # bytes made to do harm fail in any way they like
        raise NotAnAnswerError(f"The reader's answer is none ({type(error).__name__}).") from error


def _build_error(kind: str, words: str) -> Exception:
    """The exception itself. Raises KeyError or TypeError: no call can have raised this."""
    if not isinstance(words, str):
        raise TypeError("an exception's words are a text")
    return _RAISED[kind](words)
