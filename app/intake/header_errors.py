"""What an uploader is told when the first look at a file finds that it cannot be a photograph or a scan."""

from app.core.errors import InvalidInputError, UnsupportedFormatError

_SEND = (
    "Kirim foto JPEG, HEIC, PNG, WebP, TIFF, atau pindaian PDF. "
    "(Send a JPEG, HEIC, PNG, WebP or TIFF photograph, or a scan as PDF.)"
)


def empty_file() -> InvalidInputError:
    """Return the error for no bytes at all."""
    message = "Berkas ini kosong, 0 bita. (This file is empty, 0 bytes.)"
    return InvalidInputError(message, "Pilih fotonya sekali lagi. (Choose the photograph again.)", code="empty_file")


def not_an_image(name: str | None) -> UnsupportedFormatError:
    """Return the error for a file of another kind; ``name`` if the kind is known."""
    said, english = name or "jenis lain", name or "something else"
    message = f"Isi berkas ini bukan foto, melainkan {said}. (The content of this file is no photograph but {english}.)"
    return UnsupportedFormatError(message, _SEND, code="not_an_image")


def refuse_format(name: str) -> UnsupportedFormatError:
    """Return the error for a kind of picture that is not read here."""
    message = f"Berkas {name} ini belum dapat dibaca. (This kind of file cannot be read: {name}.)"
    return UnsupportedFormatError(message, _SEND)


def truncated(where: str) -> InvalidInputError:
    """Return the error for a file that ends too early; ``where`` says what is missing."""
    return InvalidInputError(
        f"Berkas tidak utuh ({where}). (The file is incomplete.)",
        "Pengiriman mungkin terputus; kirim berkas asli sekali lagi. "
        "(The transfer may have been cut off; send the original again.)",
        code="truncated",
    )


def too_many_pixels(width: int, height: int, megapixels: int) -> InvalidInputError:
    """Return the error for a picture larger than its format may be here."""
    size = f"{width} x {height}"
    return InvalidInputError(
        f"Gambar ini {size} piksel, terlalu besar. (This picture has {size} pixels, too many.)",
        f"Format ini paling besar {megapixels} megapiksel; kirim foto JPEG asli dari kamera. "
        f"(At most {megapixels} megapixels in this format; send the camera's original JPEG.)",
        code="too_many_pixels",
    )


def too_many_pages(most: int) -> InvalidInputError:
    """Return the error for a document longer than any form."""
    return InvalidInputError(
        f"Dokumen ini lebih dari {most} halaman. (This document has more than {most} pages.)",
        "Kirim formulir satu TPS saja, atau bagi dokumennya. (Send the form of one TPS only, or divide the document.)",
        code="too_many_pages",
    )
