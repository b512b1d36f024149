"""Runs pieces in several processes, keeps what each found, and goes on where an earlier run stopped."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.crowd.scenarios import Piece
from bench.crowd.setting import Tally

_ROOT = Path(__file__).parents[2]
OUT = _ROOT / "bench" / "out" / "crowd"
_VERIFICATION = _ROOT / "app" / "verification"
_RULE = (
    *(_VERIFICATION / f"{name}.py" for name in ("consensus", "confusion", "evidence", "page_verdict", "policies")),
    *(_VERIFICATION / f"{name}.py" for name in ("posterior", "skill", "sums")),
    _ROOT / "app" / "pemilu" / "policies.py",
    _VERIFICATION / "plants" / "alter.py",
    _VERIFICATION / "plants" / "share.py",
)
_COPIES = tuple(_VERIFICATION / f"{name}.py" for name in ("copies", "vouching"))
_OWN = ("facts", "papers", "machine", "people", "setting")
_RESTS_ON: Mapping[str, tuple[Sequence[str], Sequence[Path]]] = {
    "world": ((*_OWN, "case", "memory", "trust", "world"), _RULE),
    "yardstick": ((*_OWN, "yardsticks"), ()),
    "forgery": ((*_OWN, "forgery"), (*_RULE, *_COPIES)),
    "pairs": ((*_OWN, "forgery", "pairs"), (*_RULE, *_COPIES)),
}
"""What the figures of each kind of run rest on: files here, and files of the product."""


def take_fingerprint(kind: str) -> str:
    """Another rule or another simulation is another run."""
    own, product = _RESTS_ON[kind]
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in (*(here / f"{name}.py" for name in own), here / "figures" / "machine.json", *product):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def run_pieces(pieces: Sequence[Piece], *, processes: int, out: Path = OUT) -> dict[str, Tally]:
    """Every piece once; run key -> what its pieces found together."""
    kinds = {piece.run.kind for piece in pieces}
    folders = {kind: out / f"{kind}-{take_fingerprint(kind)}" for kind in kinds}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    found = {one: tally for one in pieces if (tally := _recall(folders[one.run.kind], one)) is not None}
    open_ = [piece for piece in pieces if piece not in found]
    with _show_progress() as bar:
        task = bar.add_task("sections", total=sum(piece.sections for piece in open_))
        for piece, tally in _work(open_, processes):
            _keep(folders[piece.run.kind], piece, tally)
            found[piece] = tally
            bar.advance(task, piece.sections)
    together: dict[str, Tally] = {}
    for piece in pieces:
        together[piece.run.key] = together.get(piece.run.key, Tally()) + found[piece]
    return together


def _work(pieces: Iterable[Piece], processes: int) -> Iterator[tuple[Piece, Tally]]:
    if processes < 2:  # noqa: PLR2004 - alone, in this process
        yield from ((piece, piece.do()) for piece in pieces)
        return
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(piece.do): piece for piece in pieces}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _show_progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


def _recall(folder: Path, piece: Piece) -> Tally | None:
    path = folder / f"{piece.name}-{piece.seed}.json"
    return Tally(Counter(json.loads(path.read_bytes()))) if path.exists() else None


def _keep(folder: Path, piece: Piece, tally: Tally) -> None:
    path = folder / f"{piece.name}-{piece.seed}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(tally.counts, indent=1), encoding="utf-8")
    new.rename(path)
