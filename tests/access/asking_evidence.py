"""How routes of evidence packs are asked: of a TPS whose numbers are accepted, and for a pack that nobody made."""

from tests.access.asking import Asking, asks
from tests.access.town import DECIDED_TPS, Town

PREPARED = True


@asks("POST /api/v1/evidence/{pemilihan}/{kode}", "POST /bukti/{pemilihan}/{kode}")
async def order_pack(_town: Town, _person: str) -> Asking:
    return Asking(path={"kode": DECIDED_TPS})


@asks("GET /bukti/{pemilihan}/{kode}/{sha256}.zip")
async def fetch_pack(_town: Town, _person: str) -> Asking:
    return Asking(path={"kode": DECIDED_TPS, "sha256": "ab" * 32})
