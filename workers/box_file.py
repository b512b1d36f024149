"""Files of box pictures: .npz with an array ``x`` (N,64,64) of grey values, read piece by piece.

Such a file comes from anybody. Nothing in it is unpickled; what an array claims to be is looked at before any of it is
unpacked, and no more than `CHUNK` pictures are in memory at once.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from app.core.errors import InvalidInputError

SIDE = 64
CHUNK = 1024
LABELS_MAX = 10_000_000
"""Labels are read in one piece; no set of boxes is nearly as large."""

Array = npt.NDArray[Any]

_DAMAGE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What a stream out of a broken, shortened or locked package raises."""

_REMEDY = "Save it with numpy.savez(file, x=pictures), pictures being uint8 of shape (N, 64, 64)."


@dataclass(frozen=True)
class BoxFile:
    """A looked-at file: it has ``count`` pictures under ``key``."""

    path: Path
    key: str
    count: int

    def read_pictures(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield the pictures in their order, uint8 (n,64,64), n at most `CHUNK`.

        Raises:
            InvalidInputError: the file breaks off or is damaged further on.
        """
        with _open_array(self.path, self.key) as (stream, _):
            for start in range(0, self.count, CHUNK):
                number = min(CHUNK, self.count - start)
                yield np.frombuffer(_take(stream, number * SIDE * SIDE, self.path), dtype=np.uint8).reshape(
                    number, SIDE, SIDE
                )

    def read_labels(self, key: str) -> npt.NDArray[np.int64]:
        """Return the whole numbers (N,) that stand under another name.

        Raises:
            InvalidInputError: there are none of that name, or they are no whole numbers, one a picture.
        """
        with _open_array(self.path, key) as (stream, header):
            if header.dtype.kind not in "iu" or header.shape != (self.count,) or self.count > LABELS_MAX:
                message = f"{key} in {self.path} is {header}; expected {self.count} whole numbers, one a picture."
                raise InvalidInputError(message, "Give the name of the labels, usually y.")
            data = _take(stream, self.count * header.dtype.itemsize, self.path)
        return np.frombuffer(data, dtype=header.dtype).astype(np.int64)


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    turned: bool
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype} of shape {self.shape}"


def open_box_file(path: Path, key: str = "x") -> BoxFile:
    """Look at a file of box pictures without unpacking them.

    Raises:
        InvalidInputError: there is no such file, it is no .npz, has no array of that name, or an array of something
            else than box pictures.
    """
    with _open_array(path, key) as (_, header):
        if header.dtype != np.uint8:
            raise InvalidInputError(f"{key} in {path} is {header}, not uint8.", _REMEDY)
        if header.shape[1:] != (SIDE, SIDE) or len(header.shape) != len(("N", SIDE, SIDE)):
            raise InvalidInputError(f"{key} in {path} has the shape {header.shape}, not (N, {SIDE}, {SIDE}).", _REMEDY)
        if header.turned:
            raise InvalidInputError(f"{key} in {path} lies column by column.", "Save numpy.ascontiguousarray(x).")
        if not header.shape[0]:
            raise InvalidInputError(f"{key} in {path} holds no pictures.", _REMEDY)
        return BoxFile(path, key, header.shape[0])


@contextmanager
def _open_array(path: Path, key: str) -> Iterator[tuple[IO[bytes], _Header]]:
    """Open one array of an .npz; gives the stream behind its header, and the header."""
    try:
        package = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise InvalidInputError(f"There is no file {path}.", "Check the name; nothing was read.") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f"{path} is no .npz file ({error}).", _REMEDY) from error
    with package, _open_member(package, path, key) as stream:
        yield stream, _read_header(stream, key, path)


def _open_member(package: zipfile.ZipFile, path: Path, key: str) -> IO[bytes]:
    members = {name.removesuffix(".npy"): name for name in package.namelist()}
    if key not in members:
        held = ", ".join(sorted(members)[:20]) or "nothing"
        raise InvalidInputError(f"{path} has no array {key}; it holds {held}.", _REMEDY)
    try:
        return package.open(members[key])
    except _DAMAGE as error:
        raise InvalidInputError(f"{key} in {path} cannot be read ({error}).", _REMEDY) from error


def _read_header(stream: IO[bytes], key: str, path: Path) -> _Header:
    """The claim an array begins with."""
    try:
        old = np.lib.format.read_magic(stream) == (1, 0)
        read = np.lib.format.read_array_header_1_0 if old else np.lib.format.read_array_header_2_0
        shape, turned, dtype = read(stream)
    except _DAMAGE as error:
        raise InvalidInputError(f"{key} in {path} cannot be read ({error}).", _REMEDY) from error
    if dtype.hasobject:
        message = f"{key} in {path} is pickled Python, which may be a program; it was not opened."
        raise InvalidInputError(message, _REMEDY)
    return _Header(shape, turned, dtype)


def _take(stream: IO[bytes], size: int, path: Path) -> bytes:
    try:
        data = stream.read(size)
    except _DAMAGE as error:
        raise _broken(path) from error
    if len(data) != size:
        raise _broken(path)
    return data


def _broken(path: Path) -> InvalidInputError:
    return InvalidInputError(f"{path} breaks off or is damaged.", "Copy it again; what was printed before is right.")
