"""Deadlines that the law names for reports and disputes, as information. Pure; whoever acts reads the law itself.

Elections (Law 7/2017): reports to Bawaslu, article 454 (6); disputes about the results at the Constitutional Court,
article 474 (2) for DPR, DPD and DPRD, article 475 (1) for president and vice president. Regional heads (Law 1/2015 as
changed by Laws 10/2016 and 6/2020): article 134 (4) and article 157 (5). Which days count is the law's and the court's
word; nothing is computed here, so that nobody relies on a date of ours.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """Where, by when, after what, and where that is written; Indonesian as the laws say it, and English."""

    where: str
    within: str
    source: str
    english: str


_BAWASLU = Deadline(
    "Laporan dugaan pelanggaran kepada Bawaslu",
    "paling lama 7 (tujuh) hari kerja sejak diketahui terjadinya dugaan pelanggaran",
    "UU 7/2017 Pasal 454 ayat (6)",
    "Report to Bawaslu: within 7 working days after it became known.",
)
_COURT_LEGISLATIVE = Deadline(
    "Perselisihan hasil pemilu anggota DPR, DPD, dan DPRD di Mahkamah Konstitusi, oleh peserta pemilu",
    "paling lama 3 x 24 jam sejak KPU mengumumkan penetapan perolehan suara secara nasional",
    "UU 7/2017 Pasal 474 ayat (2)",
    "Dispute at the Constitutional Court, by participants: within 3 times 24 hours after the national result.",
)
_COURT_PRESIDENT = Deadline(
    "Perselisihan hasil pemilu Presiden dan Wakil Presiden di Mahkamah Konstitusi, oleh pasangan calon",
    "paling lama 3 (tiga) hari setelah penetapan hasil oleh KPU",
    "UU 7/2017 Pasal 475 ayat (1)",
    "Dispute at the Constitutional Court, by candidates: within 3 days after KPU has determined the result.",
)
_BAWASLU_REGIONAL = Deadline(
    "Laporan dugaan pelanggaran pemilihan kepada Bawaslu",
    "paling lama 7 (tujuh) hari sejak diketahui dan/atau ditemukan",
    "UU 1/2015 sebagaimana diubah dengan UU 10/2016, Pasal 134 ayat (4)",
    "Report to Bawaslu: within 7 days after it became known or was found.",
)
_COURT_REGIONAL = Deadline(
    "Perselisihan hasil pemilihan di Mahkamah Konstitusi, oleh peserta pemilihan",
    "paling lambat 3 (tiga) hari kerja sejak KPU mengumumkan penetapan perolehan suara",
    "UU 1/2015 sebagaimana diubah dengan UU 10/2016, Pasal 157 ayat (5)",
    "Dispute at the Constitutional Court, by participants: within 3 working days after the result is announced.",
)

REGIONAL = frozenset({"gubernur", "bupati"})


def list_deadlines(jenis: str) -> tuple[Deadline, ...]:
    """Return the deadlines for a contest of this kind (``pemilihan.jenis``)."""
    if jenis in REGIONAL:
        return (_BAWASLU_REGIONAL, _COURT_REGIONAL)
    return (_BAWASLU, _COURT_PRESIDENT if jenis == "ppwp" else _COURT_LEGISLATIVE)
