"""Documents from the upload to the accepted number: a PDF or TIFF is taken apart, its pages are read and lead back."""

import io

import pillow_heif
import pytest
from PIL import Image
from sqlalchemy import text

from app.core.storage import read_original, sha256_hex
from ocr.draw.tps import TpsDrawing
from tests.http_ground import SignInAs
from tests.intake.scans import (
    NEIGHBOUR,
    TPS,
    bind,
    context,
    drawing,
    mine,
    pages,
    plain,
    readers,
    rows,
    send,
    work_off,
)
from workers.job import Context
from workers.split_document import split_document

__all__ = ["context", "drawing", "pages", "readers"]

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.slow(20)]


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
async def test_the_pages_of_a_scan_are_read_and_lead_back_to_it(
    kind: str, sign_in_as: SignInAs, context: Context, pages: dict[int, Image.Image], drawing: TpsDrawing
) -> None:
    sari = await sign_in_as("sari")
    options = {"resolution": 200} if kind == "PDF" else {"compression": "tiff_lzw"}
    data = bind(plain(255), pages[2], pages[3], kind=kind, **options)

    receipt = await send(sari, data)
    done = await work_off(context)

    assert done[0] == "split_document"
    document, *children = await mine(sari)
    assert (document["state"], document["sha256"]) == ("split", sha256_hex(data))
    assert document["content_type"] == ("application/pdf" if kind == "PDF" else "image/tiff")
    assert [(child["parent_id"], child["parent_page"]) for child in children] == [
        (document["id"], n) for n in (1, 2, 3)
    ]
    assert [(child["state"], child["page"]) for child in children] == [("refused", None), ("read", 2), ("read", 3)]
    for child in children[1:]:
        query = f"SELECT numbers FROM reading WHERE photo_id = {child['id']} ORDER BY id DESC LIMIT 1"  # noqa: S608
        (reading,) = await rows(context.sessions, query)
        truth = drawing.truth[child["page"]].fields
        assert reading["numbers"] == {name: field.value for name, field in truth.items()}
        assert sha256_hex(await read_original(context.storage, child["sha256"])) == child["sha256"]
        public = (await sari.get(f"/api/v1/receipts/{child['receipt']}")).json()
        assert public["document"] == {
            "photo": document["id"],
            "receipt": receipt["receipt"],
            "sha256": receipt["statement"]["sha256"],
            "page": child["parent_page"],
            "pages": 3,
        }
        assert (await sari.get(f"/api/v1/photos/{child['id']}/thumb.jpg")).status_code == 200
    read = await rows(context.sessions, f"SELECT 1 FROM reading WHERE photo_id = {document['id']}")  # noqa: S608
    assert read == []


async def test_a_heic_photograph_is_read_and_has_a_little_picture(
    sign_in_as: SignInAs, context: Context, pages: dict[int, Image.Image], drawing: TpsDrawing
) -> None:
    sari = await sign_in_as("sari")
    kept = io.BytesIO()
    pillow_heif.from_pillow(pages[2]).save(kept, quality=80)
    receipt = await send(sari, kept.getvalue())

    assert await work_off(context) == ["read_photo"]

    (photo,) = await mine(sari)
    assert (photo["state"], photo["page"], photo["content_type"]) == ("read", 2, "image/heic")
    (reading,) = await rows(context.sessions, "SELECT numbers FROM reading")
    assert reading["numbers"] == {name: field.value for name, field in drawing.truth[2].fields.items()}
    thumb = await sari.get(f"/api/v1/photos/{receipt['photo_id']}/thumb.jpg")
    assert Image.open(io.BytesIO(thumb.content)).height > 100


async def test_taking_it_apart_again_adds_nothing(sign_in_as: SignInAs, context: Context) -> None:
    sari = await sign_in_as("sari")
    receipt = await send(sari, bind(plain(250), plain(240)))
    await split_document(context, {"photo_id": receipt["photo_id"]})
    tables = ("photo", "log_entry", "pgqueuer")
    counts = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in tables)  # noqa: S608
    before = await rows(context.sessions, counts)

    await split_document(context, {"photo_id": receipt["photo_id"]})

    assert await rows(context.sessions, counts) == before
    assert before[0]["photo"] == 3


async def test_a_crash_before_the_transaction_leaves_nothing_and_the_next_try_makes_the_same_pages(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    receipt = await send(sari, bind(plain(250), plain(240)))
    async with context.sessions.begin() as session:
        await session.execute(text("ALTER TABLE photo ADD CONSTRAINT stop CHECK (parent_page IS DISTINCT FROM 2)"))
    with pytest.raises(Exception, match="stop"):
        await split_document(context, {"photo_id": receipt["photo_id"]})
    assert [photo["state"] for photo in await mine(sari)] == ["received"]
    sealed = {path.name for path in (context.settings.objects / "original").rglob("*") if path.is_file()}
    async with context.sessions.begin() as session:
        await session.execute(text("ALTER TABLE photo DROP CONSTRAINT stop"))

    await split_document(context, {"photo_id": receipt["photo_id"]})

    assert [photo["state"] for photo in await mine(sari)] == ["split", "received", "received"]
    assert {photo["sha256"] for photo in await mine(sari)} == sealed


async def test_pages_sent_before_and_blank_pages_become_no_photographs_and_are_named(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    await send(sari, bind(plain(250), plain(240)))
    await work_off(context)

    await send(sari, bind(plain(240), Image.new("L", (900, 640), 255), plain(230)))
    await work_off(context)

    second = (await mine(sari))[3]
    assert second["state"] == "split"
    assert "Halaman 1 sudah Anda kirim sebelumnya. Halaman 2 kosong." in second["state_reason"]
    assert [photo["parent_page"] for photo in await mine(sari) if photo["parent_id"] == second["id"]] == [3]


async def test_the_same_document_from_others_and_for_another_tps_is_kept_and_not_split_again(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    data = bind(plain(250), plain(240))
    await send(sari, data)

    copies = [await send(budi, data), await send(sari, data, tps=NEIGHBOUR)]
    again = await sari.post("/api/v1/photos", files={"file": data}, data={"tps": TPS, "pemilihan": "ppwp-2024"})

    assert [(one["state"], one["state_code"]) for one in copies] == [
        ("duplicate", "same_picture"),
        ("duplicate", "same_picture_other_tps"),
    ]
    assert (again.status_code, again.json()["first"]) == (200, False)
    assert (await work_off(context)).count("split_document") == 1


async def test_a_page_that_somebody_else_sent_in_another_document_is_a_duplicate(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    await send(sari, bind(plain(250), plain(240)))
    await work_off(context)

    await send(budi, bind(plain(240), plain(200)))
    await work_off(context)

    states = [(photo["parent_page"], photo["state"]) for photo in await mine(budi)]
    assert states == [(None, "split"), (1, "duplicate"), (2, "refused")]


async def test_the_original_document_is_saved_and_never_opened_by_the_browser(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    data = bind(plain(250))
    receipt = await send(sari, data)

    answer = await sari.get(f"/api/v1/photos/{receipt['photo_id']}/original")

    assert answer.content == data
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
