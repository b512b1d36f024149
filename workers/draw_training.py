"""Draw the exercises anew: `python -m workers.draw_training`. Their pictures are part of the source.

Invented papers, written by the demonstration's hands; the same program gives the same pictures (with the same OpenCV).
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ocr.draw.clerk import Faults
from ocr.draw.photograph import Tier, photograph
from ocr.draw.tps import PageTruth, draw_tps
from workers.look_at_photos import look_at_photos

FOLDER = Path(__file__).resolve().parents[1] / "app" / "verification" / "training" / "items"
WIDTH_PX, QUALITY = 360, 62


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is written on its page, what is shown to be confirmed, what is to be learnt.

    ``shown``: None to be read blind; otherwise values shown instead of the right ones.
    """

    name: str
    page: int
    numbers: tuple[int, int, int]
    seed: int
    lesson: tuple[str, str]
    shown: Mapping[str, int] | None = None
    faults: Faults = field(default_factory=Faults)
    tier: Tier = "photo"


FIELDS = {2: ("suara_01", "suara_02", "suara_03"), 3: ("suara_sah", "suara_tidak_sah", "suara_total")}
EXERCISES = (
    Exercise(
        "kotak",
        2,
        (187, 64, 5),
        3,
        (
            "Satu angka per kotak. Kotak depan yang kosong, dicoret, atau berisi X atau – dibiarkan kosong.",
            "One digit a box. Leave boxes in front that are empty, struck out, or hold X or – empty.",
        ),
    ),
    Exercise(
        "cocok",
        2,
        (102, 215, 41),
        5,
        (
            "Bila semua angka sama dengan gambarnya, tekan “Benar semua”.",
            "Where every number is as in its picture, press “All correct”.",
        ),
        shown={},
    ),
    Exercise(
        "tiga-delapan",
        2,
        (138, 73, 26),
        9,
        (
            "Angka 3 dan 8, 1 dan 7, 0 dan 6 mudah tertukar. Lihat setiap kotak, bukan hanya angkanya secara sekilas.",
            "3 and 8, 1 and 7, 0 and 6 are easily mistaken. Look at each box, not just at the number as a whole.",
        ),
        shown={"suara_02": 78, "suara_01": 133},
    ),
    Exercise(
        "betulan",
        2,
        (56, 149, 80),
        12,
        (
            "Petugas kadang membetulkan angka. Tulis yang terakhir ditulisnya: yang tebal, atau di samping kotak.",
            "Clerks correct numbers at times. Write the number written last: the boldest, or the one beside the boxes.",
        ),
        faults=Faults(overwritten=0.7),
    ),
    Exercise(
        "jumlah",
        3,
        (203, 7, 211),
        7,
        (
            "Jumlah di kertas ini memang keliru (203 + 7 bukan 211). Tulis apa adanya; kami tidak membetulkan kertas.",
            "The sum on this paper is wrong indeed (203 + 7 is not 211). Write what it says; we do not correct papers.",
        ),
    ),
    Exercise(
        "teliti",
        3,
        (176, 4, 180),
        15,
        (
            "Angka yang wajar bisa tetap salah. Isi sebagian formulir sudah diketahui, untuk mengukur ketelitian.",
            "Plausible numbers may be wrong. What some of the forms say is known beforehand, to measure attention.",
        ),
        shown={"suara_sah": 116, "suara_total": 120},
    ),
)


def draw_exercise(one: Exercise, folder: Path) -> dict[str, object]:
    """Write the pictures of one exercise and return its line in the list."""
    values = dict(zip(FIELDS[one.page], one.numbers, strict=True))
    drawing = draw_tps(values, seed=one.seed, split="demo", faults=one.faults, pages=(one.page,))
    data = photograph(drawing.pages[one.page], one.tier, np.random.default_rng(one.seed))
    sight = look_at_photos([(one.name, one.name, data)])
    if sight is None or not set(values) <= set(sight.crops):
        message = f"The picture of {one.name} was refused; choose another seed."
        raise RuntimeError(message)
    for name in values:
        (folder / f"{one.name}.{name}.jpg").write_bytes(shrink(sight.crops[name]))
    written = _read_truth(drawing.truth[one.page])
    return {
        "name": one.name,
        "mode": "blind" if one.shown is None else "confirm",
        "page": one.page,
        "written": written,
        "shown": None if one.shown is None else {**written, **one.shown},
        "lesson": {"id": one.lesson[0], "en": one.lesson[1]},
    }


def _read_truth(page: PageTruth) -> dict[str, int]:
    found = {}
    for name, truth in page.fields.items():
        assert truth.value is not None, "an exercise has every number"
        found[name] = truth.value
    return found


def shrink(crop: bytes) -> bytes:
    """Return the crop as a small grey JPEG, large enough for a phone."""
    picture = cv2.imdecode(np.frombuffer(crop, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, "it was encoded by us"
    height = round(picture.shape[0] * WIDTH_PX / picture.shape[1])
    small = cv2.resize(picture, (WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done, "a grey picture of this size can be encoded"
    return bytes(encoded)


def main(folder: Path = FOLDER) -> None:
    """Write all exercises and their list."""
    folder.mkdir(parents=True, exist_ok=True)
    items = [draw_exercise(one, folder) for one in EXERCISES]
    (folder / "items.json").write_text(json.dumps(items, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(f"{len(items)} exercises in {folder}\n")


if __name__ == "__main__":
    main()
