"""Readings and decisions: what workers, routes and other packages call. Nothing here commits.

The queue that deals tasks is in ``queue``, the rule in ``consensus``.
"""

from app.verification.note_readings import note_machine_readings, note_placed_photo
from app.verification.record import MachineReading, record_machine_reading
from app.verification.settle import Settled, settle, settle_many, settle_unsettled
from app.verification.views import SectionView, require_open_field, view_sections
from app.verification.withdraw import Withdrawal, list_linked, withdraw_from_sections, withdraw_reader, withdraw_readers

__all__ = [
    "MachineReading",
    "SectionView",
    "Settled",
    "Withdrawal",
    "list_linked",
    "note_machine_readings",
    "note_placed_photo",
    "record_machine_reading",
    "require_open_field",
    "settle",
    "settle_many",
    "settle_unsettled",
    "view_sections",
    "withdraw_from_sections",
    "withdraw_reader",
    "withdraw_readers",
]
