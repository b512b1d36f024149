"""What a process counts about itself, and how counts of several processes of one machine become one page.

The site counts in its memory. Its workers have no address to be asked at, so they count into files that the site adds
to its own numbers when it is asked (prometheus-client's multiprocess files; the team names the folder in the
environment of each). What can be known from the database is not counted but asked: see ``app.web.figures``.

Labels take few values, all of them ours: route templates, codes, names of jobs. Never a person, a photograph, a TPS.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each counter that nobody reads
REGISTRY = CollectorRegistry()

_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_JOB_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

REQUESTS = Counter("runut_http_requests", "Answers given.", ["route", "method", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "runut_http_request_seconds", "Time to an answer.", ["route"], registry=REGISTRY, buckets=_REQUEST_BUCKETS
)
RECEIVED_BYTES = Counter("runut_http_received_bytes", "Bytes of bodies that came in.", ["route"], registry=REGISTRY)
REFUSALS = Counter("runut_http_refusals", "Errors answered, by their code.", ["route", "code"], registry=REGISTRY)
JOBS = Counter(
    "runut_jobs", "Jobs that ended: done, failed (tried again), crashed, set_aside.", ["kind", "outcome"],
    registry=REGISTRY,
)  # fmt: skip
JOB_SECONDS = Histogram(
    "runut_job_seconds", "Time of a job's run, read_photo's reading included.", ["kind"], registry=REGISTRY,
    buckets=_JOB_BUCKETS,
)  # fmt: skip

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Families:
    """Families of metrics that were already gathered, as the text writer wants them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def write_page(*, workers: Path | None, processes: Mapping[str, int], more: Iterable[Metric]) -> bytes:
    """Return the metrics in Prometheus's text form.

    ``workers``: folder of the worker processes' files; ``processes``: {name: process id} of this machine's part of the
    service; ``more``: families that were gathered elsewhere.
    """
    return generate_latest(Families([*_merge(workers), *measure_processes(processes), *more]))


def _merge(workers: Path | None) -> Iterable[Metric]:
    """Return the site's families with the workers' samples in them: one name may stand on the page only once."""
    families = {family.name: family for family in REGISTRY.collect()}
    sources: list[tuple[str, Iterable[Metric]]] = [("site", list(families.values()))]
    if workers is not None and workers.is_dir():
        sources.append(("worker", MultiProcessCollector(None, path=str(workers)).collect()))  # type: ignore[no-untyped-call]
    for process, found in sources:
        for family in found:
            samples = [sample._replace(labels={"process": process, **sample.labels}) for sample in family.samples]
            if process == "site":
                family.samples = samples
            else:
                families.setdefault(family.name, family).samples.extend(samples)
    return families.values()


def measure_processes(processes: Mapping[str, int]) -> Iterable[Metric]:
    """Return which processes are alive, their memory and their processor time (Linux; elsewhere only the first)."""
    up = GaugeMetricFamily("runut_process_up", "1: the process runs.", labels=["process"])
    memory = GaugeMetricFamily("runut_process_resident_bytes", "Memory in use.", labels=["process"])
    cpu = CounterMetricFamily("runut_process_cpu_seconds", "Processor time used.", labels=["process"])
    for name, pid in processes.items():
        words = _read_stat(pid)
        up.add_metric([name], float(words is not None))
        if words is not None:
            memory.add_metric([name], int(words[21]) * _PAGE)
            cpu.add_metric([name], (int(words[11]) + int(words[12])) / _TICKS)
    return (up, memory, cpu)


def _read_stat(pid: int) -> list[str] | None:
    """Return the fields of ``/proc/PID/stat`` from the third on; None when the process is gone or a zombie."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if words[0] == "Z" else words


ProcessNames = Callable[[], Mapping[str, int]]
