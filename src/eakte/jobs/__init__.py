"""The queue: jobs are enqueued in the transaction of the act that calls for them."""

from eakte.jobs.failures import count_failure, forget_failures, has_failed
from eakte.jobs.queue import INDEXING, QUICK, READING, Depth, Job, Queue, depths, is_idle
from eakte.jobs.runner import HandedBack, Runner, Task

__all__ = [
    "INDEXING",
    "QUICK",
    "READING",
    "Depth",
    "HandedBack",
    "Job",
    "Queue",
    "Runner",
    "Task",
    "count_failure",
    "depths",
    "forget_failures",
    "has_failed",
    "is_idle",
]
