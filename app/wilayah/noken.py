"""Where communities may vote by noken: their votes are given together, so a share of none or all is the custom.

Source: Constitutional Court decision 47-81/PHPU.A-VII/2009. Which TPS do so is published nowhere; the whole of Papua's
six provinces is therefore a stratum of its own, which is compared with no neighbours.
"""

from app.wilayah.codes import is_within

PROVINSI = ("91", "92", "93", "94", "95", "96")
"""Papua, Papua Barat, Papua Selatan, Papua Tengah, Papua Pegunungan, Papua Barat Daya."""


def may_use_noken(kode: str) -> bool:
    """Tell whether the region or TPS ``kode`` lies where noken is used."""
    return any(is_within(kode, provinsi) for provinsi in PROVINSI)
