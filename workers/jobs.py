"""Every kind of job, by the name that services enqueue it under."""

from workers.compare import compare
from workers.job import Job
from workers.settle import settle

JOBS: dict[str, Job] = {
    "compare": Job(compare),
    "settle": Job(settle),
}
"""A file `workers/<name>.py` adds its line here."""
