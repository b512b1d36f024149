"""Write the figures of a run into README.md, between its two marks."""

from collections.abc import Sequence
from pathlib import Path

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def write_readme(heading: str, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Replace the figures; everything else stays."""
    text = README.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = ["| measure | goal | seen | yardstick |", "|---|---|---|---|"]
    table += [f"| {' | '.join(row)} |" for row in rows]
    README.write_text("\n".join((f"{before}{BEGIN}", "", f"{heading}:", "", *table, "", f"{END}{after}")), "utf-8")
