"""What was done to a photograph is never changed; see ``app.core.insert_only``."""

from app.core.insert_only import guard_model
from app.intake.triage.models import PhotoEvent

EVENT_STATEMENTS = guard_model(PhotoEvent)
