"""Where the pictures made of a photograph lie in the object store. Who may see which is the caller's business."""


def thumb_key(photo_id: int) -> str:
    """Key of the small copy of the whole photograph: for its uploader only."""
    return f"thumb/{photo_id}.jpg"


def page_key(photo_id: int) -> str:
    """Key of the straightened page with names and signatures covered: for task holders, and all once decided."""
    return f"page/{photo_id}.jpg"


def card_key(photo_id: int) -> str:
    """Key of the small grey copy that other pictures are compared with: for the machine only."""
    return f"card/{photo_id}.jpg"


def rows_key(photo_id: int) -> str:
    """Key of the part of the covered page in which its fields stand, without the form's head: for task holders.

    Photographs that were read by an earlier release have none.
    """
    return crop_key(photo_id, "halaman")


def crop_key(photo_id: int, field: str) -> str:
    """Key of the picture of one field's boxes: for task holders, and all once decided."""
    return f"crop/{photo_id}/{field}.jpg"


def beside_key(photo_id: int) -> str:
    """Key of what strokes and words of the photograph seem to say, as JSON: for all once decided, and for no rule."""
    return f"beside/{photo_id}.json"


def whole_key(photo_id: int, placement_id: int) -> str:
    """Key of the whole photograph, upright, of which nothing is covered: for task holders and reviewers, for no others.

    ``placement_id``: whose turn and cut it has; 0: as it was taken, for reviewers of an appeal.
    """
    return f"whole/{photo_id}/{placement_id}.jpg"
