"""Evidence packs for programs: order one, ask how far it is, fetch it. Public, as everything in a pack is."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.access import Principal, public
from app.core.errors import ErrorAnswer, NotFoundError
from app.pemilu.routes import PemilihanInPath
from app.pemilu.service import get_contest
from app.reports.evidence.limits import count_order
from app.reports.evidence.packs import PackView, ask_pack, find_ready_pack, list_packs, no_such_pack, pack_key

router = APIRouter(prefix="/api/v1", tags=["reports"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "The contest, the place or the pack is not known."},
    409: {"model": ErrorAnswer, "description": "Numbers are not public yet, or none is accepted there."},
}
_MANY: dict[int | str, dict[str, Any]] = {429: {"model": ErrorAnswer, "description": "Too many orders of late."}}

PlaceInPath = Annotated[
    str, Path(max_length=40, description="Code of a region or a TPS; `0` is the nation.", examples=["1101012001001"])
]
HashInPath = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the pack.")]


class PackAnswer(BaseModel):
    """An evidence pack: a ZIP with a printed file (PDF/A), covered photographs, crops, facts, a manifest and sums."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kode": "1101012001001",
                    "state": "ready",
                    "done": 1,
                    "total": 1,
                    "left_out": 0,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "state_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
                    "byte_count": 912345,
                    "as_of": "2024-02-20T06:00:00Z",
                    "asked_at": "2024-02-20T06:01:00Z",
                    "ready_at": "2024-02-20T06:01:04Z",
                    "address": "/bukti/ppwp-2024/1101012001001/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6"
                    "c15b0f00a08.zip",
                }
            ]
        }
    )

    kode: str
    state: Literal["asked", "making", "ready", "failed"]
    done: int = Field(description="TPS gathered so far.")
    total: int
    left_out: int = Field(description="TPS with differences for which there was no room.")
    sha256: str | None = Field(description="Of the ZIP; null until it is ready.")
    state_sha256: str | None = Field(description="Of all facts in it: the same state gives the same bytes.")
    byte_count: int
    as_of: datetime | None = Field(description="When the newest fact in it came to be.")
    asked_at: datetime
    ready_at: datetime | None
    address: str | None = Field(description="Where it is fetched; null until it is ready.")


class PackList(BaseModel):
    """Packs of one place, the one last asked for first."""

    items: list[PackAnswer]


@router.post(
    "/evidence/{pemilihan}/{kode}",
    status_code=202,
    summary="Order an evidence pack",
    responses={**_REFUSED, **_MANY},
)
async def order_pack(
    request: Request, pemilihan: PemilihanInPath, kode: PlaceInPath, principal: Principal | None = public()
) -> PackAnswer:
    """Order a pack of one TPS, or of the TPS of a region whose numbers differ most from the official ones.

    It is made within a minute; ask `GET` of the same address. Whoever orders what is being made already gets that.
    """
    await count_order(request, principal)
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        pack = await ask_pack(session, contest=contest, kode=kode)
    return _answer(contest.kode, pack)


@router.get(
    "/evidence/{pemilihan}/{kode}",
    summary="Evidence packs of a place, and how far they are",
    dependencies=[public()],
    responses=_REFUSED,
)
async def show_packs(request: Request, pemilihan: PemilihanInPath, kode: PlaceInPath) -> PackList:
    """Return the packs that were made or ordered of this place."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        packs = await list_packs(session, contest=contest, kode=kode)
    return PackList(items=[_answer(contest.kode, one) for one in packs])


download = APIRouter(include_in_schema=False)


@download.get("/bukti/{pemilihan}/{kode}/{sha256}.zip", dependencies=[public()])
async def download_pack(request: Request, pemilihan: str, kode: str, sha256: HashInPath) -> Response:
    """Return a pack, while everything that it shows is open to everybody."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        pack = await find_ready_pack(session, contest=contest, kode=kode, sha256=sha256)
    try:
        data: bytes = await request.app.state.storage.read(pack_key(sha256))
    except NotFoundError as error:  # restored from a backup, which holds no packs
        raise no_such_pack() from error
    name = f"bukti-{contest.kode}-{pack.kode}-{sha256[:12]}.zip"
    # Kept by nobody on the way: a photograph in it may cease to be public.
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(data, media_type="application/zip", headers=headers)


def _answer(pemilihan: str, pack: PackView) -> PackAnswer:
    address = f"/bukti/{pemilihan}/{pack.kode}/{pack.sha256}.zip" if pack.sha256 else None
    return PackAnswer.model_validate({**vars(pack), "address": address})
