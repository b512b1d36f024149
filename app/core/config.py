"""Settings of one installation, read from the environment (prefix ``RUNUT_``) and sensible without any."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Everything that may differ between two installations. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="RUNUT_", env_ignore_empty=True, extra="ignore")

    home: Path = PROJECT / ".runut"
    """Folder for everything this installation keeps: embedded database, photos, keys."""

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """A real PostgreSQL (``postgresql://...``). Without it the embedded server under ``home`` is used."""

    signing_key_file: Path | None = None
    """The key that signs receipts, the same for every site of one database; it must exist. Without it a key of its own
    is made under ``home``."""

    layouts: Path = PROJECT / "ocr" / "layouts"
    """Form layouts; the election importer reads their fields and identities as data."""

    digit_model: Literal["digits", "digits_free"] = "digits"
    """The net that boxes are read with; ``digits_free`` has learnt from drawn boxes and MNIST only."""

    base_url: str = "http://127.0.0.1"
    """Address that receipts and reports name."""

    cookie_secure: bool = False
    """True behind HTTPS: the session cookie is then sent over HTTPS only."""

    banner: str = ""
    """A sentence on top of every page, e.g. that this is a rehearsal."""

    open_registration: bool = False
    """True lets anybody make a volunteer account on the sign-in page; otherwise an admin makes them."""

    s3_bucket: str | None = None
    """Bucket that keeps the photographs; it must exist. Without it they lie in a folder under ``home``."""

    s3_endpoint: str | None = None
    """Address of the S3 store (``http://host:port``). Without it Amazon's for the region."""

    s3_public_endpoint: str | None = None
    """Address under which senders reach the same store, if it is another one: presigned addresses name it."""

    s3_region: str = "us-east-1"

    s3_prefix: str = ""
    """Put before every key, so that a bucket can hold more than this installation: ``pemilu-2024/``."""

    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    """Without the two, boto3 looks where it always does: environment, files, the machine's role."""

    metrics_token: SecretStr | None = None
    """Whoever brings it as bearer token may read ``/metrics``. Without it there is no such page."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_requests: bool = False
    """True writes a line for every request, not only for slow and failed ones."""

    disk_free_min: int = 256 * 1024 * 1024
    """A site with a local object store is not ready while less is free there."""

    find_copies: bool = True
    """False reads every photograph as if nobody sent one twice: for drills that send a few pictures many times."""

    uploads_first_day: int = 60
    """Photographs and scans that a new account may send within a day; it grows with age and approved work. 0: no limit,
    for rehearsals."""

    uploads_an_hour: int = 1500
    """Uploads from one public address within an hour, whoever sends them. 0: no limit."""

    sign_ins_an_hour: int = 300
    """Attempts to sign in from one public address within an hour. 0: no limit."""

    registrations_an_hour: int = 30
    """Accounts made from one public address within an hour, where registration is open. 0: no limit."""

    read_beside: bool = False
    """True lets idle workers look at tally strokes and number words too, and decided pages show them as the experiment
    they are. They count for nothing."""

    official_hosts: str = ""
    """Hosts that ``runut official fetch`` may ask, with commas, with a port where it is unusual. Empty: nobody."""

    official_pause: float = 1.0
    """Seconds between two questions to one of them."""

    photo_bytes_max: int = 25 * 1024 * 1024
    session_seconds: int = 7 * 24 * 3600
    lease_seconds: int = 600

    @property
    def objects(self) -> Path:
        """Folder of the local object store."""
        return self.home / "objects"


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
