"""Every table, imported once: what Alembic compares the database with."""

from app.accounts import models as accounts
from app.core import job_tables as jobs
from app.core import rate_limit
from app.core.database import Base
from app.discrepancy import guard as discrepancy_guard
from app.discrepancy import models as discrepancy
from app.intake import models as intake
from app.intake.triage import guard as triage_guard
from app.intake.triage import models as triage
from app.jaga import models as jaga
from app.lapor import guard as lapor_guard
from app.lapor import models as lapor
from app.official import models as official
from app.pemilu import models as pemilu
from app.publication import models as publication
from app.reports.dump import models as dump
from app.reports.evidence import models as evidence
from app.reports.webhooks import models as webhooks
from app.tally import models as tally
from app.transparency import guard
from app.transparency import models as transparency
from app.verification import models as verification
from app.verification.plants import models as plants
from app.verification.review import guard as review_guard
from app.verification.review import models as review
from app.verification.training import models as training
from app.verification.trust import models as trust
from app.wilayah import models as wilayah

metadata = Base.metadata

__all__ = [
    "accounts",
    "discrepancy",
    "discrepancy_guard",
    "dump",
    "evidence",
    "guard",
    "intake",
    "jaga",
    "jobs",
    "lapor",
    "lapor_guard",
    "metadata",
    "official",
    "pemilu",
    "plants",
    "publication",
    "rate_limit",
    "review",
    "review_guard",
    "tally",
    "training",
    "transparency",
    "triage",
    "triage_guard",
    "trust",
    "verification",
    "webhooks",
    "wilayah",
]
