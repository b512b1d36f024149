"""The object store: can it be reached, and does it keep what it promises."""

import asyncio
from collections.abc import Iterator

from app.core.config import Settings
from app.core.errors import RunutError
from app.core.storage import LocalStore, ObjectStore, S3Store, open_store
from workers.doctor.finding import Finding, lack, warn, well

KEY = "doctor/probe-1"
PROBE = b"written by ./runut doctor\n"
"""Written once, under a name of its own, and left there: the next doctor finds it."""

WAY_OUT = "Are RUNUT_S3_ENDPOINT, RUNUT_S3_BUCKET, RUNUT_S3_ACCESS_KEY and RUNUT_S3_SECRET_KEY right?"


def check_store(settings: Settings) -> Iterator[Finding]:
    """Look at the bucket by using it; at a folder only from outside (the home folder's check writes there)."""
    try:
        store = open_store(settings)
    except RunutError as error:
        yield lack("photographs", error.message, why="No photograph can be kept.", remedy=error.remedy or WAY_OUT)
        return
    try:
        yield asyncio.run(_try(store, settings))
    finally:
        store.close()


async def _try(store: ObjectStore, settings: Settings) -> Finding:
    try:
        await store.check()
        if isinstance(store, LocalStore):
            return well("photographs", f"folder {settings.objects}")
        await store.create(KEY, PROBE)
        if await store.create(KEY, b"something else"):
            return lack(
                "photographs",
                f"bucket {settings.s3_bucket} overwrites what is there",
                why="An original could be replaced afterwards.",
                remedy="Use a store that honours If-None-Match on PutObject (Amazon S3, MinIO, SeaweedFS, Ceph do).",
            )
        if await store.read(KEY) != PROBE:
            return warn(
                "photographs",
                f"{KEY} in bucket {settings.s3_bucket} does not hold what was written",
                why="The store changes bytes, or somebody else wrote there.",
                remedy=f"Delete {KEY} and ask again.",
            )
        straight = not isinstance(store, S3Store) or await store.straight.is_compared()
    except RunutError as error:
        return lack("photographs", error.message, why="No photograph can be kept.", remedy=error.remedy or WAY_OUT)
    way = "takes uploads straight" if straight else "compares no signed hash, so direct uploads are copied"
    return well("photographs", f"bucket {settings.s3_bucket}: reached, overwrites nothing, checksums agree, {way}")
