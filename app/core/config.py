"""Settings of one installation, read from the environment (prefix ``RUNUT_``) and sensible without any."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Everything that may differ between two installations. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="RUNUT_", extra="ignore")

    home: Path = PROJECT / ".runut"
    """Folder for everything this installation keeps: embedded database, photos, keys."""

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """A real PostgreSQL (``postgresql://...``). Without it the embedded server under ``home`` is used."""

    layouts: Path = PROJECT / "ocr" / "layouts"
    """Form layouts; the election importer reads their fields and identities as data."""

    base_url: str = "http://127.0.0.1"
    """Address that receipts and reports name."""

    cookie_secure: bool = False
    """True behind HTTPS: the session cookie is then sent over HTTPS only."""

    banner: str = ""
    """A sentence on top of every page, e.g. that this is a rehearsal."""

    open_registration: bool = False
    """True lets anybody make a volunteer account on the sign-in page; otherwise an admin makes them."""

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
