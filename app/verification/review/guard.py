"""The reviewers' history is never changed; see ``app.core.insert_only``."""

from app.core.insert_only import guard_model
from app.verification.review.models import OverrideEnd, OverrideStatement, ReviewEvent

REVIEW_STATEMENTS = tuple(
    statement for model in (ReviewEvent, OverrideStatement, OverrideEnd) for statement in guard_model(model)
)
