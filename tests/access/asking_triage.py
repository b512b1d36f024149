"""How the routes about photographs that were turned away are asked: appeals, moves, clusters of copies."""

from app.intake.models import Photo
from app.intake.object_keys import thumb_key
from app.intake.triage.appeals import appeal_photo
from app.intake.triage.models import HandPlacement, PhotoCluster, PhotoHash
from tests.access.asking import ASKINGS, Asking, asks
from tests.access.town import Town

REASON = "Percobaan tabel hak."


async def send_photo(town: Town, *, state: str, sender: str = "owner", quality: bool = True) -> int:
    """Return a photograph of page 2 of a TPS of its own."""
    tps = town.next_tps()
    async with town.sessions.begin() as session:
        photo = Photo(
            sha256=f"{tps:0>64}",
            byte_count=1,
            content_type="image/jpeg",
            pemilihan_id=town.contest.id,
            tps_kode=tps,
            uploader_id=town.people[sender],
            state=state,
            state_code=None if state == "read" else "blurred",
            page=2,
            form=town.contest.form_name,
            quality={} if quality else None,
        )
        session.add(photo)
    await town.storage.create(thumb_key(photo.id), b"thumb")
    return int(photo.id)


async def appeal(town: Town) -> tuple[int, int]:
    """Return (photograph, appeal) of the owner's; two at a time stay open."""
    photo = await send_photo(town, state="rejected")
    async with town.sessions.begin() as session:
        made = await appeal_photo(session, photo_id=photo, account_id=town.people["owner"], note="Jelas terbaca.")
    return photo, made.id


async def close_appeals(town: Town) -> None:
    """Answer what is open, so that the owner may appeal again."""
    await town.ask_database(
        "UPDATE photo_appeal SET state = 'denied', answer = 'Tidak.' WHERE answer IS NULL RETURNING 1"
    )


async def cluster(town: Town, *, decided: bool = False) -> int:
    """Return a cluster of two copies that wait for a person, or were decided."""
    head, copy = await send_photo(town, state="read"), await send_photo(town, state="duplicate")
    async with town.sessions.begin() as session:
        made = PhotoCluster(head_id=head, state="decided" if decided else "open")
        if decided:
            made.decision, made.reason = "keep", REASON
        session.add(made)
        await session.flush()
        session.add_all([PhotoHash(photo_id=photo, keys=[], named={}, cluster_id=made.id) for photo in (head, copy)])
    return int(made.id)


@asks("POST /api/v1/photos/{photo_id}/appeal", "POST /unggahan/{photo_id}/banding")
async def appealed_photo(town: Town, _person: str) -> Asking:
    await close_appeals(town)
    path = {"photo_id": await send_photo(town, state="rejected")}
    return Asking(path=path, json={"note": "Jelas terbaca."}, form={"catatan": "Jelas terbaca."})


@asks("POST /api/v1/photos/{photo_id}/move", "POST /unggahan/{photo_id}/pindah")
async def moved_photo(town: Town, _person: str) -> Asking:
    tps = town.next_tps()
    path = {"photo_id": await send_photo(town, state="read")}
    return Asking(path=path, json={"tps": tps, "reason": REASON}, form={"tps": tps})


@asks("POST /api/v1/photos/{photo_id}/reject")
async def rejected_photo(town: Town, _person: str) -> Asking:
    return Asking(path={"photo_id": await send_photo(town, state="read")}, json={"reason": REASON})


@asks("POST /api/v1/photos/{photo_id}/restore")
async def restored_photo(town: Town, _person: str) -> Asking:
    return Asking(path={"photo_id": await send_photo(town, state="rejected")}, json={"reason": REASON})


@asks("GET /api/v1/photos/{photo_id}/history")
async def history(town: Town, _person: str) -> Asking:
    return Asking(path={"photo_id": town.things["own_photo"]})


@asks("GET /api/v1/triage/photos/{photo_id}/look.jpg")
async def look(town: Town, _person: str) -> Asking:
    await close_appeals(town)
    return Asking(path={"photo_id": (await appeal(town))[0]})


@asks("POST /api/v1/triage/appeals/{appeal_id}/answer")
async def answer_appeal(town: Town, _person: str) -> Asking:
    await close_appeals(town)
    return Asking(path={"appeal_id": (await appeal(town))[1]}, json={"grant": True, "answer": REASON})


@asks("POST /tinjau/foto/banding/{appeal_id}")
async def answer_appeal_on_page(town: Town, _person: str) -> Asking:
    await close_appeals(town)
    return Asking(path={"appeal_id": (await appeal(town))[1]}, form={"jawab": "terima", "alasan": REASON})


@asks("POST /api/v1/triage/clusters/{cluster_id}/decision")
async def decide_cluster(town: Town, _person: str) -> Asking:
    return Asking(path={"cluster_id": await cluster(town)}, json={"decision": "keep", "reason": REASON})


@asks("POST /tinjau/foto/kelompok/{cluster_id}")
async def decide_cluster_on_page(town: Town, _person: str) -> Asking:
    return Asking(path={"cluster_id": await cluster(town)}, form={"putusan": "reject", "alasan": REASON})


@asks("POST /api/v1/triage/clusters/{cluster_id}/reopen")
async def reopen_cluster(town: Town, _person: str) -> Asking:
    return Asking(path={"cluster_id": await cluster(town, decided=True)}, json={"reason": REASON})


async def place(town: Town) -> int:
    """Return a photograph that stands where a reviewer placed it."""
    photo_id = await send_photo(town, state="read", quality=False)
    async with town.sessions.begin() as session:
        form = town.contest.form_name
        by = town.people["other"]
        placed = HandPlacement(photo_id=photo_id, account_id=by, form=form, page=2, quarter_turns=0, cut=[0, 0, 0, 0])
        session.add(placed)
        await session.flush()
        (await session.get_one(Photo, photo_id)).placement_id = placed.id
    return photo_id


@asks("POST /api/v1/triage/placed/{photo_id}/undo", "POST /tinjau/foto/ditempatkan/{photo_id}")
async def undo_placement(town: Town, _person: str) -> Asking:
    return Asking(path={"photo_id": await place(town)}, json={"reason": REASON}, form={"alasan": REASON})


PREPARED = tuple(ASKINGS)
