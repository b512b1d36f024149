"""What was done to a photograph, and where people placed it, is never changed; see ``app.core.insert_only``."""

from app.core.insert_only import guard_model
from app.intake.triage.models import HandPlacement, PhotoEvent

EVENT_STATEMENTS = guard_model(PhotoEvent)
PLACEMENT_STATEMENTS = guard_model(HandPlacement)
