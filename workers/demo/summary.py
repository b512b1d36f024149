"""What came of the night, read from the public API and held against the plan."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from workers.demo.administration import FIELDS as PAGE_1
from workers.demo.night import Uploads
from workers.demo.people import Tallied
from workers.demo.places import REGIONS
from workers.demo.plan import FIELDS, VOTES, Plan
from workers.demo.stage import CONTEST


@dataclass(frozen=True)
class Differences:
    """Planted differences, how many of them were found, and how many were found that nobody planted."""

    planted: int
    found: int
    invented: int


@dataclass(frozen=True)
class Summary:
    """The demonstration's outcome; ``tally`` by region code."""

    photos: int
    photos_refused: int
    uploads_by_site: tuple[int, ...]
    seconds: float
    sections: int
    sections_accepted: int
    sections_disputed: int
    human_readings: int
    human_readings_per_section: float
    human_confirmations: int
    human_fields_misread: int
    paper_flags: int
    wrong_results: int
    discrepancies: Differences
    levels_add_up: bool
    tally: Mapping[str, Mapping[str, int]]

    @property
    def holds(self) -> bool:
        """Everything planted was found, nothing invented, no result wrong, every section accepted, sums equal."""
        found = self.discrepancies
        exact = found.found == found.planted and found.invented == 0
        return exact and self.wrong_results == 0 and self.sections_accepted == self.sections and self.levels_add_up

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


async def summarise(address: str, plan: Plan, uploads: Uploads, tallied: Tallied, seconds: float) -> Summary:
    """Ask the site what anybody may ask, and compare with the papers and the planted list."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        results = {paper.place.tps_kode: (await _get(client, f"results/{CONTEST}/{paper.place.tps_kode}"))["result"]
                   for paper in plan.papers}  # fmt: skip
        tally = {kode: (await _get(client, f"tally/{CONTEST}/{kode}"))["tally"] for kode in _region_codes()}
        differences = await _compare_differences(client, plan)
        states = await view_section_states(client, plan)
    sums = {kode: {field: row["sums"][field] for field in (*FIELDS, *PAGE_1)} for kode, row in tally.items()}
    return Summary(
        photos=uploads.sent,
        photos_refused=len(uploads.refused),
        uploads_by_site=tuple(uploads.by_site.values()),
        seconds=round(seconds, 1),
        sections=plan.count_sections(),
        sections_accepted=states.count("accepted"),
        sections_disputed=states.count("disputed"),
        human_readings=tallied.readings,
        human_readings_per_section=round(tallied.readings / plan.count_sections(), 2),
        human_confirmations=tallied.confirmations,
        human_fields_misread=tallied.misread_fields,
        paper_flags=sum("paper" in result["flags"] for result in results.values()),
        wrong_results=_count_wrong(plan, results),
        discrepancies=differences,
        levels_add_up=_adds_up(sums, plan, results),
        tally={kode: {field: row[field] for field in FIELDS} for kode, row in sums.items()},
    )


async def view_section_states(client: httpx.AsyncClient, plan: Plan) -> list[str]:
    """Return the state of every section that anything was read of, TPS after TPS."""
    answers = [await _get(client, f"sections/{CONTEST}/{paper.place.tps_kode}") for paper in plan.papers]
    return [section["state"] for answer in answers for section in answer["sections"]]


async def _get(client: httpx.AsyncClient, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
    answer = await client.get(f"/api/v1/{path}", params=query)
    answer.raise_for_status()
    return answer.json()


def _region_codes() -> tuple[str, ...]:
    return ("0", *(kode for kode, _, _ in REGIONS))


def _count_wrong(plan: Plan, results: Mapping[str, Mapping[str, Any]]) -> int:
    """Count TPS with an accepted number that is not what the paper says."""
    wrong = 0
    for paper in plan.papers:
        numbers = results[paper.place.tps_kode]["numbers"]
        shown = {field: numbers.get(field) for field in paper.numbers}
        wrong += any(value is not None and value != paper.numbers[field] for field, value in shown.items())
    return wrong


async def _compare_differences(client: httpx.AsyncClient, plan: Plan) -> Differences:
    """Hold the open differences against the planted list; broken official sums must follow from plan or paper."""
    listed = await _get(client, "discrepancies", pemilihan=CONTEST, state="open", limit=100)
    planted = {(one.tps_kode, one.field, one.paper, one.official) for one in plan.planted}
    numbers = {
        (item["tps_kode"], item["field"], item["ours"], item["official"])
        for item in listed["items"]
        if item["kind"] == "number"
    }
    open_sums = {item["tps_kode"] for item in listed["items"] if item["kind"] == "official_sum"}
    explained = {one.tps_kode for one in plan.planted} | {one.place.tps_kode for one in plan.papers if not one.closes}
    return Differences(len(planted), len(planted & numbers), len(numbers - planted) + len(open_sums - explained))


def _adds_up(
    sums: Mapping[str, Mapping[str, int]], plan: Plan, results: Mapping[str, Mapping[str, Any]]
) -> bool:  # fmt: skip
    """Add the accepted TPS up ourselves and compare every region."""
    for kode, shown in sums.items():
        below = [one.place.tps_kode for one in plan.papers if kode == "0" or one.place.tps_kode.startswith(kode)]
        for field in shown:
            if shown[field] != sum(results[tps]["numbers"].get(field) or 0 for tps in below):
                return False
    return True


def print_summary(console: Console, summary: Summary) -> None:
    """Print the outcome for a person."""
    table = Table(title="Tally (invented numbers)", title_justify="left")
    for column in ("region", *VOTES, "suara_sah", "suara_tidak_sah"):
        table.add_column(column, justify="left" if column == "region" else "right")
    levels = {2: "", 4: "  ", 6: "    ", 10: "      "}
    for kode, name in (("0", "INDONESIA"), *((kode, nama) for kode, _, nama in REGIONS)):
        row = summary.tally[kode]
        cells = [f"{row[field]:,}".replace(",", ".") for field in (*VOTES, "suara_sah", "suara_tidak_sah")]
        table.add_row(levels.get(len(kode), "") + name, *cells)
    console.print(table)
    found = summary.discrepancies
    lines = (
        f"{summary.photos} photographs in {summary.seconds:.0f} s; {summary.photos_refused} refused and taken again.",
        (
            f"{summary.sections_accepted} of {summary.sections} sections accepted, {summary.paper_flags} with the flag "
            f"paper (the clerk's sum does not close), {summary.sections_disputed} disputed."
        ),
        (
            f"{summary.human_readings_per_section} human readings a section, {summary.human_confirmations} of "
            f"{summary.human_readings} confirmations; people misread {summary.human_fields_misread} fields."
        ),
        f"{summary.wrong_results} wrong results.",
        f"Official differences: {found.planted} planted, {found.found} found, {found.invented} invented.",
        "Every level adds up." if summary.levels_add_up else "The levels do NOT add up.",
    )
    for line in lines:
        console.print(f"• {line}")
