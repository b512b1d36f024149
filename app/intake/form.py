"""Take a form apart that is in memory whole: python-multipart reads its syntax, nothing is copied but the parts.

The limits and the reading of names are Starlette's, whose own parser takes forms apart that wait on the disk: whichever
of the two a form meets, it is the same form.
"""

import codecs
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

TEXT_MAX = 1024
FILES_MAX = 1
TEXTS_MAX = 8


class FormError(ValueError):
    """A body is no form, or not one that is taken here; the message says why."""


def parse_form(content_type: str, body: bytes) -> dict[str, str | bytes]:
    """Return the parts of a multipart body by name: text, or a file's bytes. Of two with one name the last counts.

    Raises:
        FormError: it cannot be read, or has more or larger parts than there may be.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if boundary is None:
        raise FormError("Missing boundary in multipart.")
    parts = _Parts(_find_charset(content_type))
    try:
        MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.take_name,
                "on_header_value": parts.take_value,
                "on_header_end": parts.end_header,
                "on_headers_finished": parts.end_headers,
                "on_part_data": parts.take_data,
                "on_part_end": parts.end,
            },
        ).write(body)
    except FormParserError as error:
        raise FormError("Invalid multipart data.") from error
    return parts.found


def _find_charset(content_type: str) -> str:
    named = parse_options_header(content_type)[1].get(b"charset", b"utf-8").decode("latin-1")
    try:
        return codecs.lookup(named).name
    except LookupError:
        return "latin-1"


@dataclass
class _Parts:
    """The parts so far, and the one that is being read. Owned by one call of :func:`parse_form`."""

    charset: str
    found: dict[str, str | bytes] = field(default_factory=dict)
    files: int = 0
    texts: int = 0
    name: str = ""
    is_file: bool = False
    pieces: list[bytes] = field(default_factory=list)
    length: int = 0
    header: bytes = b""
    value: bytes = b""
    disposition: bytes = b""

    def begin(self) -> None:
        self.pieces, self.length, self.disposition = [], 0, b""

    def take_name(self, data: bytes, start: int, end: int) -> None:
        self.header += data[start:end]

    def take_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def end_header(self) -> None:
        if self.header.lower() == b"content-disposition":
            self.disposition = self.value
        self.header, self.value = b"", b""

    def end_headers(self) -> None:
        options = parse_options_header(self.disposition)[1]
        if b"name" not in options:
            raise FormError('The Content-Disposition header field "name" must be provided.')
        self.name, self.is_file = self._decode(options[b"name"]), b"filename" in options
        self.files += self.is_file
        self.texts += not self.is_file
        if self.files > FILES_MAX:
            raise FormError(f"Too many files. Maximum number of files is {FILES_MAX}.")
        if self.texts > TEXTS_MAX:
            raise FormError(f"Too many fields. Maximum number of fields is {TEXTS_MAX}.")

    def take_data(self, data: bytes, start: int, end: int) -> None:
        self.length += end - start
        if self.length > TEXT_MAX and not self.is_file:
            raise FormError(f"Part exceeded maximum size of {TEXT_MAX // 1024}KB.")
        self.pieces.append(data[start:end])

    def end(self) -> None:
        whole = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.found[self.name] = whole if self.is_file else self._decode(whole)

    def _decode(self, words: bytes) -> str:
        try:
            return words.decode(self.charset)
        except (UnicodeDecodeError, LookupError):
            return words.decode("latin-1")
