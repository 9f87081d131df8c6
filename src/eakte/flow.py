"""What happens next: recorded act → jobs. It stands here and nowhere else."""

from dataclasses import dataclass

from eakte.casefiles import model as casefiles
from eakte.database import Unit
from eakte.documents import model as documents
from eakte.intake import model as intake
from eakte.jobs import INDEXING, QUICK, READING, Job, Queue
from eakte.journal import Act
from eakte.recognition import model as recognition
from eakte.scanning import evidence
from eakte.scanning import model as scanning


@dataclass(frozen=True)
class Next:
    """A task in one of the lanes; `alone`: one at a time per tenant."""

    task: str
    queue: str = QUICK
    alone: bool = False


FILE_AS_ASKED = Next("file_as_asked")
TAKE_APART = Next("take_apart", READING)
READ = Next("read", READING)
READ_RANGE = Next("read_range", READING)
JOIN = Next("join", READING)
DECIDE = Next("decide")
INDEX = Next("index", INDEXING, alone=True)
RECONCILE = Next("reconcile")
NOTE = Next("note_transfer")
NOTE_BATCH = Next("note_batch")
DRAW = Next("draw_sample")
COMPARE = Next("compare")

FLOW: dict[Act, tuple[Next, ...]] = {
    intake.RECEIVED: (FILE_AS_ASKED,),
    intake.PACKED: (TAKE_APART,),
    intake.TAKEN_APART: (READ,),
    intake.PARTS_ASKED: (FILE_AS_ASKED,),
    recognition.HOLDS_FILES: (TAKE_APART,),
    documents.VERSION_CREATED: (READ,),
    recognition.RETRIED: (READ,),
    recognition.DIVIDED: (READ_RANGE,),
    recognition.RANGES_READ: (JOIN,),
    recognition.READ: (DECIDE, INDEX, RECONCILE, NOTE, COMPARE),
    recognition.FAILED: (DECIDE, INDEX, RECONCILE, NOTE, COMPARE),
    documents.TO_CLEARING: (INDEX,),
    documents.CHANGED: (INDEX,),
    documents.WITHDRAWN: (INDEX, RECONCILE),
    scanning.COMPLETED: (RECONCILE,),
    scanning.SETTLED: (DRAW,),
    evidence.CAPTURED: (NOTE_BATCH,),
    evidence.CHECKED: (NOTE,),
    evidence.JUDGED: (NOTE_BATCH,),
    casefiles.FILED: (INDEX,),
    casefiles.UNFILED: (INDEX,),
    casefiles.LINE_CHANGED: (INDEX,),
}


def enqueue(queue: Queue, unit: Unit) -> None:
    """Put in line what follows from the unit's acts, inside its transaction."""
    jobs = {
        Job(follows.task, follows.queue, f"{follows.task} {unit.tenant}" if follows.alone else None, done.priority, on)
        for done in unit.recorded
        for follows in FLOW.get(Act(done.act), ())
        for on in done.hand_on
    }
    queue.enqueue(unit, jobs)
