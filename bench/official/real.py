"""The real figures of 2024, imported in turn: `python -m bench.official.real` prints JSON; see README.md.

February's figures that did not add up, then March's corrected side of the same TPS, then the whole collection of March;
then a jump, a fall and a replaced photograph that this program plants. Exit status 1 when anything is not as it should.
"""

import asyncio
import csv
import dataclasses
import gzip
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.core.config import PROJECT
from app.core.database import Sessions, open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.official.alarms import list_alarms
from app.official.changes import Change, list_changes
from app.official.recaps import import_recap, list_recaps
from app.official.service import ImportReport, get_official, import_publication
from app.official.sources import Source
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah

DATA = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared")) / "data"
VOTES = ("suara_01", "suara_02", "suara_03")
ALL = 2_000_000
JUMP, JUMPED = 103, "31"
"""Votes added for one choice at each TPS of a province whose figures the planted snapshot brings."""

_SUMS = text(
    """SELECT left(c.tps_kode, 2), sum(r.numbers[:a]), sum(r.numbers[:b]), sum(r.numbers[:c]) FROM official_current c
       JOIN official_row r ON r.id = c.row_id WHERE c.pemilihan_id = :contest GROUP BY 1"""
)
_UNKNOWN = text(
    """SELECT c.tps_kode, left(c.tps_kode, 10), k.kode IS NOT NULL AS kelurahan_known,
              (SELECT max(t.nomor) FROM tps t WHERE t.kelurahan = k.kode) AS last,
              (SELECT count(*) FROM unnest(r.numbers) n WHERE n IS NOT NULL) AS figures
       FROM official_current c JOIN official_row r ON r.id = c.row_id
       LEFT JOIN wilayah k ON k.kode = left(c.tps_kode, 10)
       WHERE c.pemilihan_id = :contest AND NOT EXISTS (SELECT FROM tps t WHERE t.kode = c.tps_kode)
       ORDER BY 1"""
)


def main() -> None:
    """Run it all on a database of its own."""
    if not (DATA / "sirekap_2024_ppwp_tps.csv.gz").exists():
        sys.exit(f"NOT RUN: {DATA} is not there. Set RUNUT_SHARED to the folder of reference data.")
    folder = Path(tempfile.mkdtemp(prefix="runut-bench-"))
    folder.chmod(0o755)  # for the user that PostgreSQL runs as, when this is root
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            url = asyncio.run(prepare_database(server.start(), "bench"))
            asyncio.run(migrate(url))
            found = asyncio.run(_run(url))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=1))
    sys.exit(0 if all(found["checks"].values()) else 1)


async def _run(url: str) -> dict[str, Any]:
    async with open_sessions(url) as sessions:
        await _lay_ground(sessions)
        pairs = _read("sirekap_2024_error_then_corrected.csv.gz")
        found: dict[str, Any] = {"imports": []}
        await _take(sessions, found, _file("sirekap_2024_feb_mismatch.csv.gz"))
        await _take(sessions, found, _make_march(pairs))
        found["march"] = await _look_at_march(sessions, pairs)
        await _take(sessions, found, _file("sirekap_2024_ppwp_tps.csv.gz"))
        await _take(sessions, found, _file("sirekap_2024_ppwp_tps.csv.gz"))
        found["totals"] = await _compare_totals(sessions)
        found["only_official"] = await _look_at_unknown(sessions)
        found["planted"] = await _plant(sessions, found)
        found["checks"] = _check(found)
        return found


async def _lay_ground(sessions: Sessions) -> None:
    with gzip.open(DATA / "wilayah_2024.csv.gz", "rt", encoding="utf-8", newline="") as file:
        lines = list(file)
    async with sessions.begin() as session:
        await import_wilayah(session, lines=lines, name="wilayah_2024.csv.gz")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")


async def _take(sessions: Sessions, found: dict[str, Any], source: Source) -> ImportReport:
    began = time.perf_counter()
    async with sessions.begin() as session:
        report = await import_publication(session, contest=await _contest(session), source=source)
    about = {"name": source.name, "read": report.tps_read, "changed": report.tps_changed}
    about |= {"changes": report.notes["changes"], "alarms": report.notes["alarms"]}
    found["imports"].append(about | {"seconds": round(time.perf_counter() - began, 1)})
    return report


async def _contest(session: Any) -> Contest:  # noqa: ANN401 - a session
    return await get_contest(session, kode="ppwp-2024")


def _file(name: str) -> Source:
    return Source(name, "sirekap_csv", "csv", (DATA / name).read_bytes())


def _read(name: str) -> list[dict[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _make_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> Source:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return Source(name, "sirekap_csv", "csv", buffer.getvalue().encode())


def _make_march(pairs: Sequence[Mapping[str, str]]) -> Source:
    """Return what March said of the TPS of February that are in both collections."""
    marches = ("mar_p1", "mar_p2", "mar_p3", "mar_sah", "mar_total")
    columns = ("kode_tps", *VOTES, "suara_sah", "suara_total", "ts")
    rows = ([one["kode"], *(one[name] for name in marches), one["mar_ts"]] for one in pairs)
    return _make_csv("march_of_february.csv", columns, rows)


async def _look_at_march(sessions: Sessions, pairs: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Compare the diff feed with the pairs: every TPS that differs is in it, from what to what, and no other."""
    async with sessions.begin() as session:
        contest = await _contest(session)
        changes = await list_changes(session, pemilihan_id=contest.id, limit=ALL)
    places = [contest.places[name] for name in (*VOTES, "suara_sah", "suara_total")]
    corrected = {one["kode"] for one in pairs if one["status"] == "corrected"}
    wanted = {one["kode"]: _pair(one) for one in pairs}
    wanted = {kode: pair for kode, pair in wanted.items() if pair[0] != pair[1]}
    seen = {one.tps_kode: (_pick(one.before or (), places), _pick(one.after, places)) for one in changes}
    exact = {kode for kode, pair in wanted.items() if seen.get(kode) == pair}
    return {
        "pairs": Counter(one["status"] for one in pairs),
        "differing": Counter(one["status"] for one in pairs if one["kode"] in wanted),
        "feed": Counter(str(one.kind) for one in changes),
        "corrected_exactly": len(corrected & exact),
        "feed_is_exactly_what_differs": seen == wanted,
    }


def _pick(numbers: Sequence[int | None], places: Sequence[int]) -> tuple[int | None, ...]:
    return tuple(numbers[place] for place in places)


def _pair(one: Mapping[str, str]) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
    sides = [("feb19", side) for side in ("p1", "p2", "p3", "sah", "total")]
    feb = tuple(int(one[f"{a}_{b}"]) if one[f"{a}_{b}"] else None for a, b in sides)
    mar = tuple(int(one[f"mar_{b}"]) if one[f"mar_{b}"] else None for _, b in sides)
    return feb, mar


async def _compare_totals(sessions: Sessions) -> dict[str, Any]:
    """Take Sirekap's own totals and the decree in, and compare them with the sums of the TPS."""
    async with sessions.begin() as session:
        contest = await _contest(session)
        places = {name: contest.places[field] + 1 for name, field in zip("abc", VOTES, strict=True)}
        sums = {
            row[0]: tuple(map(int, row[1:])) for row in await session.execute(_SUMS, {**places, "contest": contest.id})
        }
        for name, kind in (
            ("sirekap_2024-03-21_provinsi.csv", "sirekap_recap"),
            ("kpu_sk360_2024_ppwp_provinsi.csv", "decree"),
        ):
            await import_recap(session, contest=contest, source=_file(name), source_kind=kind)  # type: ignore[arg-type]
        recaps = await list_recaps(session, pemilihan_id=contest.id)
    wanted = [contest.places[field] for field in VOTES]
    sirekap = {one.kode: _pick(one.numbers, wanted) for one in recaps if one.source_kind == "sirekap_recap"}
    decree = [_pick(one.numbers, wanted) for one in recaps if one.source_kind == "decree"]
    return {
        "equal_to_sirekap": sorted(kode for kode in sirekap if sums.get(kode) == sirekap[kode]),
        "dki_jakarta": [sums["31"], sirekap["31"]],
        "di_yogyakarta": [sums["34"], sirekap["34"]],
        "decree_sums": [sum(one[place] or 0 for one in decree) for place in range(3)],
    }


async def _look_at_unknown(sessions: Sessions) -> dict[str, Any]:
    """Count the TPS that only the authority knows, and say why: no such kelurahan, or a number beyond its last."""
    async with sessions.begin() as session:
        rows = (await session.execute(_UNKNOWN, {"contest": (await _contest(session)).id})).all()
    why = Counter("number beyond the last TPS" if row.kelurahan_known else "unknown kelurahan" for row in rows)
    return {
        "count": len(rows),
        "why": why,
        "without_figures": sum(not row.figures for row in rows),
        "by_provinsi": Counter(row.tps_kode[:2] for row in rows),
        "list": [{"tps": row.tps_kode, "last_tps_of_kelurahan": row.last, "figures": row.figures} for row in rows],
    }


async def _plant(sessions: Sessions, found: dict[str, Any]) -> dict[str, Any]:
    """Plant a jump like the one of 2024, a fall, and a replaced photograph; say what noticed them."""
    jump = await _take(sessions, found, await _make_jump(sessions))
    fall = await _take(sessions, found, await _make_fall(sessions))
    tps, same = await _replace_photographs(sessions, found)
    async with sessions.begin() as session:
        contest = await _contest(session)
        alarms = await list_alarms(session, pemilihan_id=contest.id, limit=ALL)
        changes = await list_changes(session, pemilihan_id=contest.id, limit=ALL, wilayah=JUMPED)
    return {
        "jump": [_tell(one) for one in alarms if one.snapshot_id == jump.snapshot_id and len(one.kode) <= len(JUMPED)],
        "fall": [_tell(one) for one in alarms if one.snapshot_id == fall.snapshot_id and len(one.kode) <= len(JUMPED)],
        "image": _kinds(changes, tps),
        "numbers_same_image": _kinds(changes, same),
    }


def _tell(alarm: Any) -> dict[str, Any]:  # noqa: ANN401 - an alarm
    return {
        name: value for name, value in dataclasses.asdict(alarm).items() if name in {"kind", "kode", "field", "facts"}
    }


def _kinds(changes: Iterable[Change], tps: str) -> list[str]:
    return [str(one.kind) for one in changes if one.tps_kode == tps]


async def _make_jump(sessions: Sessions) -> Source:
    """Return 2,240 TPS of a province that came without figures so far, with far too many votes for the third choice."""
    statement = text(
        """SELECT c.tps_kode FROM official_current c JOIN official_row r ON r.id = c.row_id
           JOIN tps t ON t.kode = c.tps_kode
           WHERE c.pemilihan_id = :contest AND starts_with(c.tps_kode, :region)
             AND array_remove(r.numbers, NULL) = '{}' ORDER BY 1 LIMIT 2240"""
    )
    async with sessions.begin() as session:
        place = {"contest": (await _contest(session)).id, "region": JUMPED}
        kodes = (await session.scalars(statement, place)).all()
    rows = ([kode, 35, 60, 25 + JUMP, 120 + JUMP] for kode in kodes)
    return _make_csv("planted_jump.csv", ("kode_tps", *VOTES, "suara_sah"), rows)


async def _make_fall(sessions: Sessions) -> Source:
    """Return 200 TPS whose votes for the first choice are a tenth of what they were."""
    statement = text(
        """SELECT c.tps_kode, r.numbers[:a] / 10 FROM official_current c JOIN official_row r ON r.id = c.row_id
           WHERE c.pemilihan_id = :contest AND starts_with(c.tps_kode, :region) AND r.numbers[:a] >= 50
           ORDER BY 1 LIMIT 200"""
    )
    async with sessions.begin() as session:
        contest = await _contest(session)
        place = {"contest": contest.id, "region": JUMPED, "a": contest.places[VOTES[0]] + 1}
        rows = [tuple(row) for row in await session.execute(statement, place)]
    return _make_csv("planted_fall.csv", ("kode_tps", VOTES[0]), rows)


async def _replace_photographs(sessions: Sessions, found: dict[str, Any]) -> tuple[str, str]:
    """Import Sirekap's raw JSON of two TPS, then once more: another photograph in one, another number in the other."""
    with tarfile.open(DATA / "sirekap_2024_raw_json.tar.gz") as archive:
        names = sorted(name for name in archive.getnames() if name.endswith(".json"))
        documents = {name.split("/")[-1]: json.loads(_member(archive, name)) for name in names[:40]}
    full = {name: one for name, one in documents.items() if one["images"] and (one["chart"] or {}).get("100025")}
    first, second = sorted(full)[:2]
    two = {name: full[name] | {"ts": "2024-04-01 00:00:00"} for name in (first, second)}
    await _take(sessions, found, _make_tar("raw.tar", two))
    two[first] |= {"images": ["https://example.org/replaced.jpg", *two[first]["images"][1:]]}
    two[second] |= {"chart": two[second]["chart"] | {"100025": two[second]["chart"]["100025"] + 1}}
    await _take(sessions, found, _make_tar("replaced.tar", two))
    async with sessions.begin() as session:
        contest = await _contest(session)
        for name in (first, second):
            assert await get_official(session, pemilihan_id=contest.id, tps_kode=name[:13]) is not None
    return first[:13], second[:13]


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    opened = archive.extractfile(name)
    assert opened is not None  # they are regular files
    return opened.read()


def _make_tar(name: str, documents: Mapping[str, Any]) -> Source:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, document in documents.items():
            data = json.dumps(document).encode()
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return Source(name, "sirekap_json", "tar", buffer.getvalue())


def _check(found: Mapping[str, Any]) -> dict[str, bool]:
    march, totals, planted = found["march"], found["totals"], found["planted"]
    return {
        "933 corrected, from what to what": march["corrected_exactly"] == march["pairs"]["corrected"] == 933,  # noqa: PLR2004 - as the data's own README counts
        "the feed is exactly what differs": march["feed_is_exactly_what_differs"],
        "DKI Jakarta and DIY equal Sirekap": {"31", "34"} <= set(totals["equal_to_sirekap"]),
        "the decree's sums": totals["decree_sums"] == [40_971_906, 96_214_691, 27_040_878],
        "the same file again changes nothing": found["imports"][3]["changed"] == 0,
        "at least 31 TPS only official": found["only_official"]["count"] >= 31,  # noqa: PLR2004 - as the issue counts
        "jump noticed in province and nation": _noticed(planted["jump"], "gain", VOTES[2]),
        "fall noticed in province and nation": _noticed(planted["fall"], "votes_fall", VOTES[0]),
        "replaced photograph noticed": planted["image"][-1] == "image",
        "number under the same photograph noticed": planted["numbers_same_image"][-1] == "numbers_same_image",
    }


def _noticed(alarms: Sequence[Mapping[str, Any]], kind: str, field: str) -> bool:
    return {one["kode"] for one in alarms if (one["kind"], one["field"]) == (kind, field)} >= {"0", JUMPED}


if __name__ == "__main__":
    main()
