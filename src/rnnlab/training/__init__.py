"""Training: a loop that fits on one screen, and a file for each thing around it that is a lesson of its own."""

from rnnlab.training.batching import Batches, Examples, Fixed, Generated
from rnnlab.training.clipping import clip_by_norm, clip_by_value
from rnnlab.training.curve import Row
from rnnlab.training.devices import pick
from rnnlab.training.evaluation import mean_loss, predict, squared_error
from rnnlab.training.loop import Run, fit
from rnnlab.training.progress import Progress
from rnnlab.training.seeding import generator, initialise
from rnnlab.training.settings import Settings

__all__ = [
    "Batches",
    "Examples",
    "Fixed",
    "Generated",
    "Progress",
    "Row",
    "Run",
    "Settings",
    "clip_by_norm",
    "clip_by_value",
    "fit",
    "generator",
    "initialise",
    "mean_loss",
    "pick",
    "predict",
    "squared_error",
]
