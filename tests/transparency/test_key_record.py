"""Sites of one database sign with one key: the log says which, and another is refused."""

import asyncio
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.config import Settings
from app.core.database import Sessions
from app.transparency.key_record import OtherKeyError, agree_on_key, record_key
from app.transparency.models import LogEntry
from app.transparency.signing import Signer, SigningKeyError, load_signer, make_key_file, open_signer


async def start(sessions: Sessions, signer: Signer) -> None:
    async with sessions.begin() as session:
        await agree_on_key(session, signer=signer)


async def recorded(sessions: Sessions) -> list[str]:
    async with sessions.begin() as session:
        rows = await session.execute(select(LogEntry.payload).filter_by(kind="signing_key").order_by(LogEntry.id))
        return [payload["public_key"] for (payload,) in rows]


async def test_sites_that_start_at_once_record_one_key(sessions: Sessions, tmp_path: Path) -> None:
    signer = load_signer(tmp_path)
    await asyncio.gather(*(start(sessions, signer) for _ in range(8)))
    assert await recorded(sessions) == [signer.public_key]


async def test_a_site_with_another_key_is_refused_until_the_change_is_recorded(
    sessions: Sessions, tmp_path: Path
) -> None:
    first, second = load_signer(tmp_path / "first"), load_signer(tmp_path / "second")
    await start(sessions, first)
    with pytest.raises(OtherKeyError, match="RUNUT_SIGNING_KEY_FILE"):
        await start(sessions, second)
    assert await recorded(sessions) == [first.public_key]

    async with sessions.begin() as session:
        await record_key(session, signer=second, reason="the first was lost")
    await start(sessions, second)
    with pytest.raises(OtherKeyError):
        await start(sessions, first)
    assert await recorded(sessions) == [first.public_key, second.public_key]


def test_a_shared_key_is_read_and_never_made(settings: Settings, tmp_path: Path) -> None:
    shared = tmp_path / "secrets" / "receipt.pem"
    given = settings.model_copy(update={"signing_key_file": shared})
    with pytest.raises(SigningKeyError, match="no such file"):
        open_signer(given)
    assert not shared.exists()

    made = make_key_file(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o600
    assert open_signer(given).public_key == made.public_key
    assert not (settings.home / "keys").exists()
    with pytest.raises(SigningKeyError, match="left as it is"):
        make_key_file(shared)


@pytest.mark.parametrize(("mode", "is_refused"), [(0o400, False), (0o440, False), (0o444, True), (0o460, True)])
def test_a_shared_key_may_be_readable_by_the_services_group_alone(
    settings: Settings, tmp_path: Path, mode: int, *, is_refused: bool
) -> None:
    shared = tmp_path / "receipt.pem"
    make_key_file(shared)
    shared.chmod(mode)
    given = settings.model_copy(update={"signing_key_file": shared})
    if is_refused:
        with pytest.raises(SigningKeyError, match="Other users may read"):
            open_signer(given)
    else:
        assert open_signer(given).key_id
