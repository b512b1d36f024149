"""`./runut boxes export`: what people read blind becomes labelled boxes, and nothing else does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.core.database import Sessions
from app.core.errors import ConflictError
from app.core.storage import LocalStore, seal
from app.verification.service import record_machine_reading, settle
from ocr.box_values import value_boxes
from ocr.classify import load_classifier
from ocr.draw.photograph import photograph
from ocr.draw.tps import TpsDrawing, draw_tps
from ocr.read import read_together
from ocr.train.sources import load_volunteers
from tests.verification.readings import PAGES
from tests.verification.world import World, make_world, tps
from workers.cli.boxes import app
from workers.export_boxes import CHILD, UNKNOWN, gather_boxes, label_boxes, write_boxes
from workers.reader_process import LIMITS, ReaderProcess

VALUES = {"suara_01": 7, "suara_02": 160, "suara_03": 0, "suara_sah": 167, "suara_tidak_sah": 23, "suara_total": 190}
LABELS = sorted([-1, -1, 7, 1, 6, 0, -1, -1, -1, 1, 6, 7, -1, 2, 3, 1, 9, 0])


@pytest.fixture(scope="module")
def drawing() -> TpsDrawing:
    return draw_tps(VALUES, seed=21, split="evaluation", px_per_mm=3.0)


@pytest.fixture(scope="module")
def photos(drawing: TpsDrawing) -> dict[int, bytes]:
    """Page 3 was photographed with the telephone turned."""
    return {
        page: photograph(picture, "photo", np.random.default_rng(page), quarter_turns=page - 2, exif=False)
        for page, picture in drawing.pages.items()
    }


@pytest.fixture
def reader() -> Iterator[ReaderProcess]:
    with closing(ReaderProcess(LIMITS, (CHILD,))) as process:
        yield process


async def read_tps(
    world: World, storage: LocalStore, photos: Mapping[int, bytes], place: str, *, dice: float, sure: bool
) -> None:
    """Send and machine-read both pages, then let one person answer what he is dealt."""
    sections: set[int] = set()
    lines = [one.to_json() for one in read_together([(str(page), data) for page, data in photos.items()])]
    for (page, data), line in zip(photos.items(), lines, strict=True):
        photo = await world.photo(place, page)
        sha256 = await seal(storage, data)
        await world.session.execute(
            text("UPDATE photo SET sha256 = :sha256 WHERE id = :id"), {"sha256": sha256, "id": photo}
        )
        fields: dict[str, dict[str, Any]] = {
            name: {"value": VALUES[name], "confidence": 0.9999, "sure": sure} for name in PAGES[page]
        }
        sections |= set(
            await record_machine_reading(
                world.session, contest=world.contest, photo_id=photo, fields=fields, details=line
            )
        )
    (section,) = sections
    await world.session.execute(text(f"UPDATE tps_section SET dice = {dice}"))  # noqa: S608 (a number of ours)
    await settle(world.session, section_id=section)
    task = await world.answer(await world.person(), VALUES)
    assert task.mode == ("confirm" if sure else "blind")
    assert (await world.section(section)).state == "accepted"


async def test_blind_decided_readings_become_labelled_boxes(
    sessions: Sessions,
    storage: LocalStore,
    reader: ReaderProcess,
    photos: dict[int, bytes],
    tmp_path: Path,
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        await read_tps(world, storage, photos, tps(1), dice=0.5, sure=False)
        await read_tps(world, storage, photos, tps(2), dice=0.9, sure=True)  # confirmed, not read: teaches nothing

    export = await gather_boxes(sessions, storage, reader, since=None, limit=1000)
    about = write_boxes(export, tmp_path / "boxes.npz")

    with np.load(tmp_path / "boxes.npz", allow_pickle=False) as file:
        pictures, labels, photo = file["x"], file["y"], file["photo"]
        assert json.loads(str(file["about"])) == about
    assert sorted(labels.tolist()) == LABELS
    assert (about["boxes"], about["photographs"], about["skipped"]) == (18, 2, {})
    assert sorted(np.unique(photo, return_counts=True)[1].tolist()) == [9, 9]
    read = np.array([answer.value for answer in value_boxes(load_classifier().classify(pictures))])
    assert (read == labels)[labels != UNKNOWN].all()
    data = (tmp_path / "boxes.npz").read_bytes() + json.dumps(about).encode()
    assert tps(1).encode() not in data

    learnt = load_volunteers(tmp_path / "boxes.npz").boxes
    assert sorted(learnt.labels.tolist()) == [label for label in LABELS if label != UNKNOWN]
    assert np.array_equal(learnt.pictures, pictures[labels != UNKNOWN])

    later = datetime(2999, 1, 1, tzinfo=UTC)
    assert (await gather_boxes(sessions, storage, reader, since=later, limit=1000)).boxes == []
    few = await gather_boxes(sessions, storage, reader, since=None, limit=5)
    assert len(few.boxes) == 3  # whole fields only
    assert {name for name, _, _, _ in few.boxes}.isdisjoint(name for name, _, _, _ in export.boxes)  # another salt


async def test_a_photograph_that_is_gone_is_counted_and_the_others_are_exported(
    sessions: Sessions, storage: LocalStore, reader: ReaderProcess, photos: dict[int, bytes]
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        await read_tps(world, storage, photos, tps(1), dice=0.5, sure=False)
        await session.execute(text("UPDATE photo SET sha256 = repeat('0', 64) WHERE page = 2"))
    export = await gather_boxes(sessions, storage, reader, since=None, limit=1000)
    assert export.skipped == {"NotFoundError": 1}
    assert len(export.boxes) == 9


@pytest.mark.parametrize(
    ("number", "labels"),
    [(0, [-1, -1, -1]), (5, [-1, -1, 5]), (20, [-1, 2, 0]), (305, [3, 0, 5]), (1000, None)],
)
def test_only_what_is_certain_is_labelled(number: int, labels: list[int] | None) -> None:
    assert label_boxes(number, 3) == labels


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "boxes.npz").write_bytes(b"mine")
    result = CliRunner().invoke(app, ["export", "--out", str(tmp_path / "boxes.npz")])
    assert isinstance(result.exception, ConflictError)
    assert (tmp_path / "boxes.npz").read_bytes() == b"mine"
