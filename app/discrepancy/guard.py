"""What was done with a difference is never changed; see ``app.core.insert_only``."""

from app.core.insert_only import guard_model
from app.discrepancy.models import DiscrepancyEvent

EVENT_STATEMENTS = guard_model(DiscrepancyEvent)
