"""Studies: a question as a frozen value, its runs, its records, its verdict; beside them one file a question."""

from rnnlab.studies.records import Records
from rnnlab.studies.runner import read, run
from rnnlab.studies.store import Record, results_folder
from rnnlab.studies.study import Claim, Mode, Study, Trial
from rnnlab.studies.tuning import Choice, Tuning
from rnnlab.studies.verdict import Verdict, interval, level, paired, share, unpaired, wilson

__all__ = [
    "Choice",
    "Claim",
    "Mode",
    "Record",
    "Records",
    "Study",
    "Trial",
    "Tuning",
    "Verdict",
    "interval",
    "level",
    "paired",
    "read",
    "results_folder",
    "run",
    "share",
    "unpaired",
    "wilson",
]
