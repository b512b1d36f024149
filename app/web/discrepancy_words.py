"""Words for differences: kinds, lives, sizes, steps, and what a difference is about. Both languages, neutral."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.discrepancy.kinds import DESCRIPTIVE, LADDER, Kind
from app.discrepancy.rows import DiscrepancyRow
from app.pemilu.definition import Contest
from app.web.words import name_briefly, name_field, name_what, spell_field


@dataclass(frozen=True)
class Words:
    """One sentence or name in both languages."""

    id: str
    en: str


KINDS: Mapping[str, Words] = {
    "number": Words("angka berbeda", "numbers differ"),
    "official_sum": Words("angka resmi tidak menjumlah", "the official numbers do not add up"),
    "form_sum": Words("formulir tidak menjumlah", "the sheet does not add up"),
    "unequal_totals": Words("suara dan pengguna tidak sama", "votes and voters who came differ"),
    "above_voters": Words("suara melebihi daftar pemilih", "more votes than voters on the lists"),
    "above_ballots": Words("suara melebihi surat suara", "more votes than ballots"),
    "above_station": Words("suara melebihi batas satu TPS", "more votes than one TPS may have"),
    "identical_neighbours": Words("sama persis dengan TPS sebelumnya", "the same as the TPS before"),
    "outlier": Words("berbeda jauh dari TPS sekitar", "far from the TPS around"),
    "ladder_ours": Words("jumlah kami dan rekapitulasi", "our sum and the recap sheet"),
    "ladder_official": Words("jumlah TPS resmi dan rekapitulasi", "the official sum of TPS and the recap sheet"),
    "ladder_recap": Words("rekapitulasi antarjenjang", "recap sheets of two levels"),
}
RULES: Mapping[str, Words] = {
    **KINDS,
    "missing_official": Words("belum ada pada data resmi", "missing in the official data"),
    "missing_ours": Words("belum ada di sini", "missing here"),
}
"""Rules by name, with those whose findings are counted only."""
GROUPS: Mapping[str, Words] = {
    "difference": Words("Dengan angka resmi", "With the official numbers"),
    "sheet": Words("Pada formulir sendiri", "On the sheet itself"),
    "descriptive": Words("Tidak biasa", "Unusual"),
    "ladder": Words("Rekapitulasi berjenjang", "Recap sheets"),
}
LIVES: Mapping[str, Words] = {
    "open": Words("belum ditindaklanjuti", "nothing done yet"),
    "confirmed": Words("dipastikan pada gambar", "confirmed on the pictures"),
    "reported": Words("sudah dilaporkan", "reported"),
    "explained": Words("sudah dijelaskan", "explained"),
    "corrected": Words("dikoreksi lembaga resmi", "corrected by the authority"),
}
SEVERITIES: Mapping[str, Words] = {
    "large": Words("besar", "large"),
    "medium": Words("sedang", "medium"),
    "small": Words("kecil", "small"),
    "none": Words("tanpa suara berpindah", "no votes moved"),
}
EVENTS: Mapping[str, Words] = {
    "looked": Words("membuka gambarnya", "opened the pictures"),
    "confirmed": Words("memastikan pada gambar", "confirmed on the pictures"),
    "reported": Words("melaporkan", "reported it"),
    "explained": Words("menjelaskan", "explained it"),
    "corrected": Words("angka resmi yang lebih baru sudah cocok", "newer official numbers agree"),
    "reopened": Words("membuka kembali", "opened it again"),
    "noted": Words("menulis catatan", "wrote a note"),
    "assigned": Words("mengambil", "took it"),
    "released": Words("melepas", "let go of it"),
    "undone": Words("membatalkan langkah terakhirnya", "took back the last step"),
}
CLOSED: Mapping[str, Words] = {
    "official_changed": Words("angka resmi berubah", "the official numbers changed"),
    "official_withdrawn": Words("angka resmi ditarik", "the official numbers were withdrawn"),
    "result_changed": Words("hasil di sini berubah", "the result here changed"),
    "result_withdrawn": Words("hasil di sini ditarik", "the result here was withdrawn"),
    "rules_changed": Words("aturan pembandingan berubah", "the rules of comparing changed"),
}
_SHEETS = {"d_hasil": "D.Hasil", "decree": "SK KPU", "sirekap_recap": "rekap Sirekap"}
_BOUNDS = {
    "above_voters": "suara total ≤ DPT + DPTb + DPK",
    "above_ballots": "suara total ≤ surat suara diterima",
    "above_station": "suara total",
}
_BOUND_FIELDS = {
    Kind.ABOVE_VOTERS: ("suara_total", "pemilih_dpt_j", "pengguna_dptb_j", "pengguna_dpk_j"),
    Kind.ABOVE_BALLOTS: ("suara_total", "surat_suara_diterima"),
    Kind.ABOVE_STATION: ("suara_total",),
}


def name_difference(contest: Contest, row: DiscrepancyRow) -> str:
    """Return what a difference is about, in the form's own names."""
    if row.kind in _BOUNDS:
        return _BOUNDS[row.kind]
    if row.kind in LADDER:
        field, _, sheet = row.field.partition("@")
        return f"{name_field(contest, field)}, {_name_sheet(sheet)}"
    if row.kind is Kind.UNEQUAL_TOTALS:
        return " = ".join(name_briefly(contest, name) for name in row.field.split("="))
    if row.kind is Kind.IDENTICAL_NEIGHBOURS:
        return spell_field(row.field)
    return name_what(contest, row.kind in {Kind.OFFICIAL_SUM, Kind.FORM_SUM}, row.field)


def _name_sheet(sheet: str) -> str:
    kind, _, other = sheet.partition("/")
    return f"{_SHEETS.get(kind, kind)} – {_SHEETS.get(other, other)}" if other else _SHEETS.get(kind, kind)


def fields_of(contest: Contest, row: DiscrepancyRow) -> tuple[str, ...]:
    """Return the fields of the contest that a difference speaks of, the written total first."""
    names: tuple[str, ...]
    if row.kind in {Kind.OFFICIAL_SUM, Kind.FORM_SUM}:
        names = next((one.fields for one in contest.identities if one.key == row.field), ())
    elif row.kind in DESCRIPTIVE:
        names = tuple(choice.field for choice in contest.choices)
    elif row.kind in LADDER:
        names = (row.field.partition("@")[0],)
    else:
        names = _BOUND_FIELDS.get(row.kind) or tuple(row.field.split("="))
    return tuple(name for name in names if name in contest.places)
