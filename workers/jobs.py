"""Every kind of job, by the name that services enqueue it under."""

from workers.compare import compare, compare_contest, compare_recaps, compare_region
from workers.compare_pages import compare_pages
from workers.follow_official import follow_official
from workers.job import Job
from workers.make_evidence import make_evidence, set_evidence_aside
from workers.make_plant import give_plant_up, make_plant
from workers.place_by_hand import place_by_hand, set_placement_aside, show_whole_photo
from workers.read_beside import read_beside
from workers.read_photo import read_photo, revive_photo, set_photo_aside
from workers.settle import settle
from workers.settle_tps import settle_tps
from workers.split_document import revive_document, set_document_aside, split_document
from workers.trust import redeal_confirmations
from workers.withdraw import withdraw

JOBS: dict[str, Job] = {
    "compare": Job(compare),
    "compare_contest": Job(compare_contest),
    "compare_ladder": Job(compare_recaps),
    "compare_pages": Job(compare_pages, heavy=True),
    "follow_official": Job(follow_official),
    "compare_regions": Job(compare_region),
    "make_evidence": Job(make_evidence, set_aside=set_evidence_aside),
    "make_plant": Job(make_plant, heavy=True, set_aside=give_plant_up),
    "place_by_hand": Job(place_by_hand, heavy=True, set_aside=set_placement_aside),
    "read_beside": Job(read_beside, heavy=True),
    "read_photo": Job(read_photo, heavy=True, set_aside=set_photo_aside, revive=revive_photo),
    "redeal_confirmations": Job(redeal_confirmations),
    "settle": Job(settle),
    "settle_tps": Job(settle_tps),
    "show_whole": Job(show_whole_photo, heavy=True),
    "split_document": Job(split_document, heavy=True, set_aside=set_document_aside, revive=revive_document),
    "withdraw": Job(withdraw),
}
"""A file `workers/<name>.py` adds its line here."""
