"""Where a planted item's own pictures lie, and which picture a task shows. Never those that are public already."""

from app.intake.object_keys import crop_key, page_key, rows_key, whole_key
from app.verification.tasks import DealtTask


def plant_crop_key(plant_id: int, field: str) -> str:
    """Key of the picture of one field's boxes, cut anew for this item."""
    return f"plant/{plant_id}/crop/{field}.jpg"


def plant_page_key(plant_id: int, photo_id: int) -> str:
    """Key of the rows of a page in which its fields stand, straightened anew for this item."""
    return f"plant/{plant_id}/page/{photo_id}.jpg"


def find_crop_key(task: DealtTask, field: str) -> str:
    """Return the key of the picture of one of a task's numbers; of a photograph placed by hand, all of it.

    Raises:
        NotFoundError: the task does not ask for it.
    """
    page = task.find_page_of(field)
    if task.plant_id is not None:
        return plant_crop_key(task.plant_id, field)
    if page.placement is not None:
        return whole_key(page.photo_id, page.placement)
    return crop_key(page.photo_id, field)


def find_page_keys(task: DealtTask, number: int) -> tuple[str, ...]:
    """Return the keys under which the picture of one of a task's pages may lie, the best first.

    It shows the rows with the fields and not the form's head: whoever knew the TPS could look its numbers up, or see
    that it is decided. Of photographs that an earlier release has read there is the whole page only; of those placed by
    hand, what the reviewer left of the picture.

    Raises:
        NotFoundError: the task does not show it.
    """
    page = task.find_page(number)
    if task.plant_id is not None:
        return (plant_page_key(task.plant_id, page.photo_id),)
    if page.placement is not None:
        return (whole_key(page.photo_id, page.placement),)
    return rows_key(page.photo_id), page_key(page.photo_id)
