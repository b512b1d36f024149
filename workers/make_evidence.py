"""Job ``make_evidence``: put an evidence pack together, seal it under its hash, and say that it is ready.

Facts are read at one moment, in one transaction that changes nothing; pictures are read and paper is drawn with no
transaction open. A crash anywhere leaves at most bytes that nobody refers to; the next try begins anew.
"""

import asyncio
from dataclasses import replace
from importlib import import_module
from typing import cast

from app.core.config import Settings
from app.core.errors import NotFoundError
from app.core.storage import ObjectStore
from app.pemilu.definition import Contest
from app.pemilu.publication import NotYetPublicError, check_public
from app.pemilu.service import get_contest
from app.reports.evidence.choose import choose_tps
from app.reports.evidence.contents import Pack, list_picture_keys
from app.reports.evidence.facts import PackFacts
from app.reports.evidence.load import NothingAcceptedError, freeze_moment, load_frame, load_tps
from app.reports.evidence.making import begin_pack, find_same, note_failed, note_progress, note_ready, take_same
from app.reports.evidence.packs import PackView, pack_key
from app.transparency.signing import Signer, find_key_file, open_signer
from workers.job import Context, Payload

PROGRESS_EVERY = 5
"""TPS between two notes of how far it is."""


async def make_evidence(context: Context, payload: Payload) -> None:
    """Make the pack ``{"pack_id": ...}``; one that is ready is left as it is."""
    async with context.sessions.begin() as session:
        pack = await begin_pack(session, pack_id=payload["pack_id"])
    if pack is None:
        return
    try:
        facts = await _gather(context, pack)
    except (NothingAcceptedError, NotYetPublicError):  # what was asked for is gone since
        await set_evidence_aside(context, payload, "gone")
        return
    async with context.sessions.begin() as session:
        same = await find_same(session, pack=pack, facts=facts)
    if same is not None and await context.storage.exists(pack_key(same)):
        async with context.sessions.begin() as session:
            await take_same(session, pack=pack, facts=facts)
        return
    pictures = await _read_pictures(context.storage, facts)
    signer = open_known_signer(context.settings, facts)
    site = context.settings.base_url.rstrip("/")
    made = await asyncio.to_thread(_put_together, facts, pictures, site, signer)
    await context.storage.create(pack_key(made.sha256), made.data)
    async with context.sessions.begin() as session:
        await note_ready(session, pack=pack, facts=facts, made=made)


async def set_evidence_aside(context: Context, payload: Payload, _reason: str) -> None:
    """Note that a pack could not be made; it may be asked for again."""
    async with context.sessions.begin() as session:
        await note_failed(session, pack_id=payload["pack_id"])


async def _gather(context: Context, pack: PackView) -> PackFacts:
    """Read all facts as they are at one moment; how far it is is noted beside, in transactions of their own."""
    async with context.sessions.begin() as session:
        await freeze_moment(session)
        contest: Contest = check_public(await get_contest(session, id=pack.pemilihan_id))
        choice = await choose_tps(session, contest=contest, kode=pack.kode)
        frame = await load_frame(session, contest=contest, kode=pack.kode, choice=choice)
        gathered = []
        for place, tps_kode in enumerate(choice.tps):
            if place % PROGRESS_EVERY == 0:
                await _tell(context, pack, place, len(choice.tps))
            gathered.append(await load_tps(session, contest=contest, tps_kode=tps_kode))
    return replace(frame, tps=tuple(gathered))


async def _tell(context: Context, pack: PackView, done: int, total: int) -> None:
    async with context.sessions.begin() as session:
        await note_progress(session, pack_id=pack.id, done=done, total=total)


async def _read_pictures(storage: ObjectStore, facts: PackFacts) -> dict[str, bytes]:
    """Return the pictures that are there; of a form that an earlier release read, some may never have been made."""
    found = {}
    for key in list_picture_keys(facts):
        try:
            found[key] = await storage.read(key)
        except NotFoundError:
            continue
    return found


def _put_together(facts: PackFacts, pictures: dict[str, bytes], site: str, signer: Signer | None) -> Pack:
    # What draws paper is loaded when somebody wants some: its fonts would take a third of every worker's start.
    archive = import_module("app.reports.evidence.archive")
    return cast("Pack", archive.make_pack(facts, pictures, site=site, signer=signer))


def open_known_signer(settings: Settings, facts: PackFacts) -> Signer | None:
    """Return the installation's signer where this machine has its key; a worker without it makes none of its own."""
    if not find_key_file(settings).is_file():
        return None
    signer = open_signer(settings)
    return signer if signer.public_key == facts.receipt_key else None
