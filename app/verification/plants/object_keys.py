"""Where a planted item's own pictures lie, and which picture a task shows. Never those that are public already."""

from app.intake.object_keys import crop_key, page_key
from app.verification.tasks import DealtTask


def plant_crop_key(plant_id: int, field: str) -> str:
    """Key of the picture of one field's boxes, cut anew for this item."""
    return f"plant/{plant_id}/crop/{field}.jpg"


def plant_page_key(plant_id: int, photo_id: int) -> str:
    """Key of the page, straightened anew for this item."""
    return f"plant/{plant_id}/page/{photo_id}.jpg"


def find_crop_key(task: DealtTask, field: str) -> str:
    """Return the key of the picture of one of a task's numbers.

    Raises:
        NotFoundError: the task does not ask for it.
    """
    photo = task.find_photo(field)
    return crop_key(photo, field) if task.plant_id is None else plant_crop_key(task.plant_id, field)


def find_page_key(task: DealtTask, number: int) -> str:
    """Return the key of the picture of one of a task's pages.

    Raises:
        NotFoundError: the task does not show it.
    """
    photo = task.find_page(number)
    return page_key(photo) if task.plant_id is None else plant_page_key(task.plant_id, photo)
