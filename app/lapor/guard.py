"""The history of a case is never changed; see ``app.core.insert_only``."""

from app.core.insert_only import guard_model
from app.lapor.models import LaporHistory

HISTORY_STATEMENTS = guard_model(LaporHistory)
