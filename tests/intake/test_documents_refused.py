"""Documents that cannot be read: each is refused in words, whole, and can be tried again where that helps."""

from collections.abc import Callable

import pytest
from PIL import Image

from tests.http_ground import SignInAs
from tests.intake.scans import bind, context, drawing, mine, pages, plain, readers, rows, send, work_off
from workers.job import Context
from workers.split_document import revive_document, set_document_aside, split_document

__all__ = ["context", "drawing", "pages", "readers"]

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.slow(10)]


async def test_a_document_with_nothing_on_it_is_refused(sign_in_as: SignInAs, context: Context) -> None:
    sari = await sign_in_as("sari")
    await send(sari, bind(Image.new("L", (900, 640), 255)))
    await work_off(context)

    (photo,) = await mine(sari)
    assert (photo["state"], photo["state_code"]) == ("refused", "blank")


def encrypt(data: bytes) -> bytes:
    """The same document behind a password, as far as a reader can tell before it asks for it."""
    keys = b"/O (" + b"o" * 32 + b") /U (" + b"u" * 32 + b")"
    entry = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 " + keys + b" >>\n/ID [(a) (a)]\n"
    place = data.rindex(b"/Root")
    return data[:place] + entry + data[place:]


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda: encrypt(bind(plain(250))), "encrypted", "kata sandi"),
        (lambda: bind(*[plain(250)] * 31), "too_many_pages", "30 halaman"),
        (lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF", "truncated", "tidak utuh"),
    ],
)
async def test_a_document_that_cannot_be_shown_is_refused_in_words(
    make: Callable[[], bytes], code: str, words: str, sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    await send(sari, make())

    await work_off(context)

    (photo,) = await mine(sari)
    assert (photo["state"], photo["state_code"]) == ("refused", code)
    assert words in photo["state_reason"]
    (entry,) = await rows(context.sessions, "SELECT payload FROM log_entry WHERE kind = 'photo_state'")
    assert entry["payload"]["code"] == code


async def test_one_page_that_cannot_be_drawn_refuses_the_whole_document_by_its_number(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    first, second, rest = bind(plain(250), plain(240)).split(b"/Width 900")
    await send(sari, first + b"/Width 900" + second + b"/Width 90000000" + rest)

    await work_off(context)

    (photo,) = await mine(sari)
    assert (photo["state"], photo["state_code"]) == ("refused", "too_large")
    assert photo["state_reason"].startswith("Halaman 2 dari 2:")


async def test_a_document_that_stops_its_reader_is_set_aside_and_can_be_tried_again(
    sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    receipt = await send(sari, bind(plain(250)))

    await set_document_aside(context, {"photo_id": receipt["photo_id"]}, "crashed")
    assert [photo["state_code"] for photo in await mine(sari)] == ["reader_crashed"]
    async with context.sessions.begin() as session:
        await revive_document(session, {"photo_id": receipt["photo_id"]})
    await split_document(context, {"photo_id": receipt["photo_id"]})

    assert [photo["state"] for photo in await mine(sari)] == ["split", "received"]
