"""What a tally row counts beside the votes: TPS, by what is known of them."""

COUNTED_BY = {
    "tps_photo": "r.has_photo",
    "tps_accepted": "r.state = 'accepted'",
    "tps_disputed": "r.state = 'disputed'",
    "tps_paper": "r.state = 'accepted' AND 'paper' = ANY(r.flags)",
    "tps_official": "r.has_official",
    "tps_flagged": "r.flagged > 0",
    "source_one": "r.source_class = 'one_uploader'",
    "source_two": "r.source_class = 'two_uploaders'",
    "source_official": "r.source_class = 'official_photo'",
}
"""Column of a tally row to the condition under which a TPS (a row ``r`` of ``result``) is counted there."""

TPS_COUNTS = ("tps_expected", *COUNTED_BY)
"""Columns of a tally row that count TPS, in the order of every statement that writes them. The first is no matter of
the results: it comes from the hierarchy."""

COUNTED = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in COUNTED_BY.values())
"""The counts as SQL, grouped by kelurahan."""


def add_up(array: str, width: int) -> str:
    """Return the expression that sums arrays place by place; a null adds nothing."""
    places = [f"coalesce(sum({array}[{place}]), 0)" for place in range(1, width + 1)]
    return f"CAST(ARRAY[{', '.join(places)}] AS bigint[])"
