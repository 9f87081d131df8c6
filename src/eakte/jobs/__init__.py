"""The queue: jobs are enqueued in the transaction of the act that calls for them."""

from eakte.jobs.failures import count_failure, forget_failures
from eakte.jobs.queue import INDEXING, QUICK, READING, Job, Queue, counts
from eakte.jobs.runner import HandedBack, Runner, Task

__all__ = [
    "INDEXING",
    "QUICK",
    "READING",
    "HandedBack",
    "Job",
    "Queue",
    "Runner",
    "Task",
    "count_failure",
    "counts",
    "forget_failures",
]
