"""The corpus of hostile files: `python -m tests.hostile.make_corpus FOLDER` writes it, the tests make it in memory.

Never committed: everything is made by these programs, the same bytes each time, in some seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from pillow_heif import register_heif_opener

from tests.hostile.jpegs import make_jpegs
from tests.hostile.pdfs import make_killers, make_pdfs
from tests.hostile.pngs import make_pngs
from tests.hostile.specimen import Specimen
from tests.hostile.strangers import make_strangers
from tests.hostile.tiffs import make_tiffs
from tests.hostile.webps import make_webps

register_heif_opener()  # so that Pillow can write HEIC; the reader does not use it

FAMILIES: Mapping[str, Callable[[], Iterator[Specimen]]] = MappingProxyType(
    {
        "jpeg": make_jpegs,
        "png": make_pngs,
        "webp": make_webps,
        "tiff-heic": make_tiffs,
        "pdf": make_pdfs,
        "stranger": make_strangers,
        "killer": make_killers,
    }
)


def main(folder: Path) -> None:
    """Write every file and a list of what has to become of each."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for family, make in FAMILIES.items():
        for one in make():
            (folder / one.name).write_bytes(one.data)
            lines.append(f"{family}\t{one.name}\t{len(one.data)}\t{' '.join(sorted(one.outcomes))}\n")
    (folder / "LIST.tsv").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
