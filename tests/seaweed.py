"""A real S3 store for the tests: one server a run, an own corner of its bucket a test."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.storage import S3Place, S3Store
from workers.seaweed import Seaweed, start_seaweed


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A running SeaweedFS of this run's own. Who stops it starts it again."""
    folder: Path = tmp_path_factory.mktemp("seaweed")
    with start_seaweed(folder) as started:
        yield started


@pytest.fixture
def s3_place(seaweed: Seaweed) -> S3Place:
    """A bucket that looks empty: every key of this test begins with a prefix of its own."""
    return replace(seaweed.place, prefix=f"{uuid.uuid4().hex}/")


@pytest.fixture
def s3_store(s3_place: S3Place) -> Iterator[S3Store]:
    """A store in that bucket."""
    store = S3Store(s3_place)
    yield store
    store.close()


@pytest.fixture
def s3_settings(settings: Settings, seaweed: Seaweed, s3_place: S3Place) -> Settings:
    """Settings of an installation in that bucket."""
    given = {name.removeprefix("RUNUT_").lower(): value for name, value in seaweed.environment.items()}
    return Settings(home=settings.home, s3_prefix=s3_place.prefix, **given)  # type: ignore[arg-type]
