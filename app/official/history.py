"""All rows of one TPS, without an index over a nation's rows: what is not the current one has been followed."""

from sqlalchemy import CompoundSelect, select, union_all

from app.official.models import OfficialCurrent, OfficialRow


def select_row_ids(pemilihan_id: int, tps_kode: str) -> CompoundSelect[int]:
    """Return the statement for the ids of a TPS's rows: the current one and those before it."""
    current = select(OfficialCurrent.row_id).where(
        OfficialCurrent.pemilihan_id == pemilihan_id, OfficialCurrent.tps_kode == tps_kode
    )
    # Said in the words of the partial index uq_official_row_followed.
    followed = select(OfficialRow.previous_id).where(
        OfficialRow.pemilihan_id == pemilihan_id,
        OfficialRow.tps_kode == tps_kode,
        OfficialRow.previous_id.is_not(None),
    )
    return union_all(current, followed)
