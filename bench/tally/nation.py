"""A nation's results: the whole hierarchy, and numbers for every TPS of a presidential and a legislative contest."""

import gzip
import io
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import asyncpg
import numpy as np
from numpy.typing import NDArray

from app.core.config import PROJECT
from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah

PPWP = "ppwp-2024"
LEGISLATIVE = "dpr-bench"
LEGISLATIVE_WIDTH = 136
LAYOUTS = PROJECT / "ocr" / "layouts"
SHARED = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared"))
REAL = SHARED / "data" / "wilayah_2024.csv.gz"

_FIELDS = ", ".join(f'"f{place:03}"' for place in range(1, LEGISLATIVE_WIDTH + 1))
_LEGISLATIVE = f"""
[pemilu]
kode = "{LEGISLATIVE}"
nama = "Bench"
tanggal = 2024-02-14

[[pemilihan]]
kode = "{LEGISLATIVE}"
jenis = "dpr"
nama = "Bench"
wilayah = ["0"]
form = "c_hasil_dpr_bench"

[[pemilihan.section]]
kode = "suara"
nama = "Suara"
pages = {{ 1 = [{_FIELDS}] }}

[[pemilihan.pilihan]]
nomor_urut = 1
field = "f001"
nama = "Satu"
"""
_COLUMNS = ("pemilihan_id", "tps_kode", "kelurahan", "numbers", "state", "source_class", "has_photo")
_BATCH = 50_000
_TPS = "SELECT kode FROM tps WHERE edisi_akhir IS NULL ORDER BY kode"


@dataclass(frozen=True)
class Numbers:
    """The numbers of a contest: one line a TPS, ascending by code; ``kodes`` are those codes."""

    contest: Contest
    kodes: NDArray[np.bytes_]
    lines: NDArray[np.int32]


async def import_hierarchy(sessions: Sessions) -> tuple[float, bool]:
    """Import the edition of 2024, or an invented one of its size; return the seconds and whether it is the real one."""
    is_real = REAL.exists()
    with tempfile.TemporaryDirectory() as folder:
        path = REAL if is_real else _write_invented(Path(folder) / "wilayah.csv.gz")
        began = perf_counter()
        async with sessions.begin() as session:
            await import_wilayah(session, path=path, name="2024")
        return perf_counter() - began, is_real


_ALL_TPS = "SELECT kode, kelurahan, nomor FROM tps"
_LIKE_TPS = "CREATE TABLE bench_tps (kode text PRIMARY KEY, kelurahan text NOT NULL, nomor integer NOT NULL)"


async def copy_hierarchy(dsn: str) -> float:
    """Return the seconds of PostgreSQL's own COPY of the TPS that were imported into a table with a key only."""
    connection = await asyncpg.connect(dsn)
    lines = io.BytesIO()
    await connection.copy_from_query(_ALL_TPS, output=lines)
    await connection.execute(_LIKE_TPS)
    lines.seek(0)
    began = perf_counter()
    await connection.copy_to_table("bench_tps", source=lines)
    took = perf_counter() - began
    await connection.execute("DROP TABLE bench_tps")
    await connection.close()
    return took


def _write_invented(path: Path) -> Path:
    """Write an edition of 84,000 kelurahan and 823,200 TPS."""
    lines = ["kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"]
    for provinsi in range(11, 49):
        lines.append(f"{provinsi},provinsi,P {provinsi},,,")
        for kabupaten in range(1, 17):
            lines.append(f"{provinsi}{kabupaten:02},kabupaten_kota,K {kabupaten},,,")
            for kecamatan in range(1, 13):
                kode = f"{provinsi}{kabupaten:02}{kecamatan:02}"
                lines.append(f"{kode},kecamatan,C {kecamatan},,,")
                lines.extend(f"{kode}{2000 + one},kelurahan,D {one},{9 + (one % 5 > 0)},," for one in range(1, 13))
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines))
    return path


async def lay_contests(sessions: Sessions) -> tuple[Contest, Contest]:
    """Import both contests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "legislative.toml"
        path.write_text(_LEGISLATIVE, encoding="utf-8")
        async with sessions.begin() as session:
            await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=LAYOUTS)
            await import_pemilu(session, path=path, layouts=LAYOUTS)
            return await get_contest(session, kode=PPWP), await get_contest(session, kode=LEGISLATIVE)


async def lay_numbers(dsn: str, contest: Contest, *, seed: int = 1) -> Numbers:
    """Write an accepted result for every TPS, in no order of places, as a night brings them; return the numbers."""
    connection = await asyncpg.connect(dsn)
    kodes = np.array([row["kode"] for row in await connection.fetch(_TPS)], "S13")
    random = np.random.default_rng(seed)
    lines = random.integers(0, 300, (len(kodes), len(contest.fields)), dtype=np.int32)
    order = random.permutation(len(kodes))
    await connection.execute("SET session_replication_role = replica")  # foreign keys are sure: codes come from there
    for begins in range(0, len(order), _BATCH):
        chosen = order[begins : begins + _BATCH]
        data = _spell_rows(contest.id, kodes[chosen], lines[chosen])
        await connection.copy_to_table("result", source=_stream(data), format="binary", columns=list(_COLUMNS))
    await connection.execute("VACUUM ANALYZE result")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return Numbers(contest, kodes, lines)


async def _stream(data: bytes) -> AsyncIterator[bytes]:
    for begins in range(0, len(data), 1 << 20):
        yield data[begins : begins + (1 << 20)]


def _spell_rows(contest: int, kodes: NDArray[np.bytes_], lines: NDArray[np.int32]) -> bytes:
    """Return rows as PostgreSQL's binary COPY takes them."""
    width = lines.shape[1]
    number = np.dtype([("length", ">i4"), ("value", ">i4")])
    texts = (("kelurahan", kodes.astype("S10")), ("tps", kodes))
    array = [(name, ">i4") for name in ("array_length", "dimensions", "flags", "type", "size", "lower")]
    kind = np.dtype(
        [
            ("fields", ">i2"), ("contest_length", ">i4"), ("contest", ">i8"), ("tps_length", ">i4"), ("tps", "S13"),
            ("kelurahan_length", ">i4"), ("kelurahan", "S10"), *array, ("numbers", number, (width,)),
            ("state_length", ">i4"), ("state", "S8"), ("source_length", ">i4"), ("source", "S13"),
            ("photo_length", ">i4"), ("photo", "u1"),
        ]
    )  # fmt: skip
    rows = np.zeros(len(kodes), kind)
    rows["fields"], rows["contest_length"], rows["contest"] = len(_COLUMNS), 8, contest
    for name, values in texts:
        rows[f"{name}_length"], rows[name] = values.dtype.itemsize, values
    rows["array_length"], rows["dimensions"], rows["type"] = 20 + 8 * width, 1, 23
    rows["size"], rows["lower"] = width, 1
    rows["numbers"]["length"], rows["numbers"]["value"] = 4, lines
    for name, value in (("state", b"accepted"), ("source", b"two_uploaders")):
        rows[f"{name}_length"], rows[name] = len(value), value
    rows["photo_length"], rows["photo"] = 1, 1
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff"


def find_beginnings(kodes: NDArray[np.bytes_]) -> list[NDArray[np.intp]]:
    """Return for each level from kelurahan to nation where its regions begin among those of the level below."""
    begins = []
    below = kodes
    for digits in (10, 6, 4, 2):
        codes = below.astype(f"S{digits}")
        starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
        begins.append(starts)
        below = codes[starts]
    return [*begins, np.zeros(1, np.intp)]
