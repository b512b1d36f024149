"""A form is the same whether it waits in memory or on the disk; what one parser refuses, the other does too."""

import time
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.intake.form import FILES_MAX, TEXT_MAX, TEXTS_MAX, FormError, parse_form

KIND = "multipart/form-data; boundary=sari"
PHOTO = b"\xff\xd8\xff\r\n--sar\r\n--sari-\r\n--sarixx\r\n-" + bytes(range(256)) * 20


async def parse_on_disk(kind: str, body: bytes, chunk: int) -> dict[str, str | bytes]:
    """What Starlette makes of the body when it arrives in pieces."""

    async def arrive() -> AsyncGenerator[bytes]:
        for at in range(0, len(body), chunk):
            yield body[at : at + chunk]

    parser = MultiPartParser(
        Headers({"content-type": kind}), arrive(), max_files=FILES_MAX, max_fields=TEXTS_MAX, max_part_size=TEXT_MAX
    )
    try:
        form = await parser.parse()
        return {name: await part.read() if isinstance(part, UploadFile) else part for name, part in form.items()}
    finally:
        for file in parser._files_to_close_on_error:  # also one that never ended
            file.close()


def part(disposition: bytes, value: bytes) -> bytes:
    return b"--sari\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + value + b"\r\n"


GOOD = part(b'name="tps"', b"3171") + part(b'name="file"; filename="a.jpg"', PHOTO) + part(b'name="tps"', b"3172")
FORMS = {
    "good": GOOD + b"--sari--\r\n",
    "no end": GOOD,
    "cut off in the file": GOOD[:-2000],
    "epilogue": GOOD + b"--sari--\r\nand then some",
    "preamble": b"\r\n\r\n" + GOOD + b"--sari--",
    "padding": GOOD.replace(b"--sari\r\n", b"--sari \t\r\n") + b"--sari--\r\n",
    "other case": GOOD.replace(b"Content-Disposition", b"cOnTeNt-dIsPoSiTiOn") + b"--sari--\r\n",
    "more headers": GOOD.replace(b"\r\n\r\n", b"\r\nContent-Type: x/y\r\nX-A: b\r\n\r\n", 2) + b"--sari--\r\n",
    "strange text": part(b'name="tps"', b"\xff\xfe") + part('name="ñ"'.encode(), "ñ".encode()) + b"--sari--\r\n",
    "empty file": part(b'name="file"; filename=""', b"") + b"--sari--\r\n",
    "nothing": b"",
    "only the end": b"--sari--\r\n",
    "no name": part(b'filename="x"', b"x") + b"--sari--\r\n",
    "no disposition": b"--sari\r\nX-A: b\r\n\r\nx\r\n--sari--\r\n",
    "long text": part(b'name="tps"', b"x" * (TEXT_MAX + 1)) + b"--sari--\r\n",
    "longest text": part(b'name="tps"', b"x" * TEXT_MAX) + b"--sari--\r\n",
    "two files": part(b'name="a"; filename="a"', b"a") * 2 + b"--sari--\r\n",
    "nine texts": part(b'name="a"', b"a") * 9 + b"--sari--\r\n",
    "another boundary": GOOD.replace(b"--sari", b"--budi"),
    "a bad header": b"--sari\r\nBad Header: x\r\n\r\nx\r\n--sari--\r\n",
    "endless header": b"--sari\r\nX: " + b"x" * 20_000 + b"\r\n\r\nx\r\n--sari--\r\n",
}


async def require_same(kind: str, body: bytes, chunk: int) -> None:
    try:
        wanted: dict[str, str | bytes] | str = await parse_on_disk(kind, body, chunk)
    except MultiPartException as error:
        wanted = error.message
    try:
        found: dict[str, str | bytes] | str = parse_form(kind, body)
    except FormError as error:
        found = str(error)
    assert found == wanted


@pytest.mark.parametrize("name", FORMS)
async def test_both_parsers_see_the_same_form(name: str) -> None:
    for kind in (KIND, f"{KIND}; charset=latin-1", f"{KIND}; charset=none", "multipart/form-data", f"{KIND}xx"):
        for chunk in (7, 100_000):
            await require_same(kind, FORMS[name], chunk)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b'name="tps"', b'name="file"; filename="a"', b"", b'name="x"; filename']),
            st.lists(st.sampled_from([b"\r\n", b"--", b"sari", b"\r", b"\n", b"-", b"x", b" ", b"\0"])).map(b"".join),
        ),
        max_size=4,
    ),
    st.binary(max_size=8),
    st.integers(1, 90),
)
async def test_both_parsers_see_the_same_in_whatever_is_made_of_the_marks(
    parts: list[tuple[bytes, bytes]], end: bytes, chunk: int
) -> None:
    body = b"".join(part(disposition, value) for disposition, value in parts) + b"--sari--" + end
    await require_same(KIND, body, chunk)


def test_a_photograph_comes_out_as_it_went_in() -> None:
    assert parse_form(KIND, FORMS["good"]) == {"tps": "3172", "file": PHOTO}


def test_nearly_marks_do_not_take_long() -> None:
    began = time.process_time()
    parse_form(KIND, part(b'name="file"; filename="a"', b"\r\n--sarix" * 500_000) + b"--sari--\r\n")
    assert time.process_time() - began < 10
