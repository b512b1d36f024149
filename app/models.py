"""Every table, imported once: what Alembic compares the database with."""

from app.accounts import models as accounts
from app.core import job_tables as jobs
from app.core.database import Base
from app.discrepancy import models as discrepancy
from app.intake import models as intake
from app.jaga import models as jaga
from app.lapor import guard as lapor_guard
from app.lapor import models as lapor
from app.official import models as official
from app.pemilu import models as pemilu
from app.tally import models as tally
from app.transparency import guard
from app.transparency import models as transparency
from app.verification import models as verification
from app.wilayah import models as wilayah

metadata = Base.metadata

__all__ = [
    "accounts",
    "discrepancy",
    "guard",
    "intake",
    "jaga",
    "jobs",
    "lapor",
    "lapor_guard",
    "metadata",
    "official",
    "pemilu",
    "tally",
    "transparency",
    "verification",
    "wilayah",
]
