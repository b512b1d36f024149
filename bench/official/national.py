"""A national file of official figures, seeded: every TPS of an edition, 11 columns as public collections have them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

COLUMNS = (
    "kode_tps", "suara_01", "suara_02", "suara_03", "suara_sah", "suara_tidak_sah", "suara_total", "pemilih_dpt_j",
    "pengguna_total_j", "ts", "jumlah_gambar",
)  # fmt: skip
VOTES = COLUMNS[1:4]
SHARES = (0.25, 0.58, 0.17)
WITHOUT = 0.13
"""Share of TPS without figures."""
BEGAN = np.datetime64("2024-02-14T14:00:00")
LASTED = 30 * 24 * 3600


@dataclass(frozen=True)
class National:
    """A file as CSV, and what its columns add up to."""

    data: bytes
    rows: int
    sums: dict[str, int]


def make_national(tps_kodes: Sequence[str], *, seed: int, changed: float = 0.0) -> National:
    """Return the file; the same seed gives the same bytes. ``changed``: share of TPS with one vote more, and later."""
    chance = np.random.default_rng(seed)
    count = len(tps_kodes)
    voters = chance.integers(80, 300, count)
    valid = (voters * chance.uniform(0.6, 0.95, count)).astype(np.int64)
    votes = chance.multinomial(valid, SHARES)
    spoilt = chance.binomial(valid, 0.025)
    seconds = chance.integers(0, LASTED, count)
    empty = chance.random(count) < WITHOUT
    pictures = chance.integers(1, 4, count)
    corrected = chance.random(count) < changed
    votes[corrected, 0] += 1
    valid[corrected] += 1
    seconds[corrected] += LASTED
    numbers = [*votes.T, valid, spoilt, valid + spoilt, voters, valid + spoilt]
    columns: list[pa.Array] = [pa.array(tps_kodes)]
    columns += [pa.array(one, mask=empty) for one in numbers]
    columns.append(pa.array(np.char.replace((BEGAN + seconds).astype(str), "T", " ")))
    columns.append(pa.array(pictures))
    sums = {name: int(one[~empty].sum()) for name, one in zip(COLUMNS[1:9], numbers, strict=True)}
    return National(_write(columns), count, sums)


def _write(columns: list[pa.Array]) -> bytes:
    sink = pa.BufferOutputStream()
    head = (",".join(COLUMNS) + "\n").encode()
    sink.write(head)
    table = pa.table(columns, names=list(COLUMNS))
    arrow_csv.write_csv(table, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="none"))
    return bytes(sink.getvalue().to_pybytes())
