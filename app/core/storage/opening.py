"""Which store an installation has."""

import structlog

from app.core.config import Settings
from app.core.errors import InvalidInputError
from app.core.storage.interface import ObjectStore, StoreRefusedError, StoreUnavailableError
from app.core.storage.local import LocalStore
from app.core.storage.s3 import S3Store
from app.core.storage.s3_connection import S3Place

log = structlog.get_logger(__name__)


def open_store(settings: Settings) -> ObjectStore:
    """Return the store that the settings name: a bucket when there is one, else the folder under ``home``.

    A bucket is asked once. One that cannot be reached yet is no reason not to start: readiness says so until it can.

    Raises:
        StoreRefusedError: the bucket or the credentials are wrong.
        InvalidInputError: the settings contradict each other.
    """
    if settings.s3_bucket is None:
        return LocalStore(settings.objects)
    store = S3Store(s3_place(settings))
    try:
        store.check_now()
    except StoreRefusedError:
        store.close()
        raise
    except StoreUnavailableError as error:
        log.warning("object store does not answer yet", bucket=settings.s3_bucket, error=str(error))
    return store


def s3_place(settings: Settings) -> S3Place:
    """Return where the bucket of the settings is.

    Raises:
        InvalidInputError: only one half of the credentials, or an address that is none.
    """
    assert settings.s3_bucket is not None, "asked for only when there is one"
    if (settings.s3_access_key is None) != (settings.s3_secret_key is None):
        message = "Only one of RUNUT_S3_ACCESS_KEY and RUNUT_S3_SECRET_KEY is set."
        raise InvalidInputError(message, "Set both, or neither to use boto3's own search.")
    for name, address in (("ENDPOINT", settings.s3_endpoint), ("PUBLIC_ENDPOINT", settings.s3_public_endpoint)):
        if address is not None and not address.startswith(("http://", "https://")):
            message = f"RUNUT_S3_{name} is {address!r}, not an address."
            raise InvalidInputError(message, "Write it as http://host:port or https://host.")
    return S3Place(
        bucket=settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        region=settings.s3_region,
        prefix=settings.s3_prefix,
        access_key=settings.s3_access_key.get_secret_value() if settings.s3_access_key else None,
        secret_key=settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None,
    )
