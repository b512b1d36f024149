"""Looks at what was published from outside: every file by its hash, every sum by what it is made of."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import brotli
import orjson

from app.publication.shelf import pointer_key, volume_key
from app.publication.volume import HEAD_BYTES, LEAF_QUALITY, index_length, read_index


@dataclass
class Tree:
    """What was found: regions by level, TPS, sums of the root, and what is wrong."""

    regions: dict[str, list[str]] = field(default_factory=dict)
    stations: int = 0
    sums: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    bare: float = 0.0
    """Seconds that compressing and hashing all of it takes, and nothing else: the yardstick."""

    @property
    def count(self) -> int:
        """Return how many regions there are."""
        return sum(len(kodes) for kodes in self.regions.values())


class Folder:
    """Volumes of a folder, read without the service's reader."""

    def __init__(self, folder: Path) -> None:
        """Read below ``folder``, the local store's."""
        self.folder = folder
        self._volumes: dict[str, tuple[bytes, dict[str, tuple[int, int]]]] = {}

    def packed(self, volume: str, name: str) -> bytes:
        """Return the brotli stream of a file."""
        if volume not in self._volumes:
            data = (self.folder / volume_key(volume)).read_bytes()
            assert sha256(data).hexdigest() == volume, "a volume's name is its hash"
            end = HEAD_BYTES + index_length(data[:HEAD_BYTES])
            index = {name: (one.start, one.length) for name, one in read_index(data[HEAD_BYTES:end]).items()}
            self._volumes[volume] = (data, index)
        data, places = self._volumes[volume]
        start, length = places[name]
        return data[start : start + length]


def check_tree(folder: Path, pemilihan: str) -> Tree:
    """Go through everything below a contest's pointer."""
    tree, files = Tree(), Folder(folder)
    root = orjson.loads((folder / pointer_key(pemilihan)).read_bytes())["root"]
    waiting = [(root["kode"], root["volume"], root["sha256"])]
    while waiting:
        kode, volume, expected = waiting.pop()
        plain = brotli.decompress(files.packed(volume, kode))
        if sha256(plain).hexdigest() != expected:
            tree.wrong.append(f"{kode}: another hash")
        begun = perf_counter()
        brotli.compress(plain, quality=LEAF_QUALITY)
        sha256(plain).digest()
        tree.bare += perf_counter() - begun
        file = orjson.loads(plain)
        tree.regions.setdefault(file["tingkat"], []).append(kode)
        if kode == "0":
            tree.sums = file["sums"]
        if "children" in file:
            rows = [one["sums"] for one in file["children"]]
            waiting.extend((one["kode"], one["volume"], one["sha256"]) for one in file["children"])
        else:
            rows = [one["numbers"] for one in file["stations"] if one["numbers"]]
            tree.stations += len(file["stations"])
        if rows and [sum(column) for column in zip(*rows, strict=True)] != file["sums"]:
            tree.wrong.append(f"{kode}: not the sum of what it holds")
    return tree
