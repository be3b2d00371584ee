"""Training: a loop that fits on one screen, and a file for each thing around it that is a lesson of its own.

A name is loaded when it is first asked for, so that whoever wants only Progress (the command line, say) does not wait
for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnlab.tasks.losses import squared_error
    from rnnlab.training.batching import Batches, Examples, Fixed, Generated, Scheduled
    from rnnlab.training.bucketing import Bucketed, pad, padding_waste
    from rnnlab.training.clipping import clip_by_norm, clip_by_value
    from rnnlab.training.curriculum import Growing, Mixed
    from rnnlab.training.curve import Row
    from rnnlab.training.devices import finish, pick
    from rnnlab.training.evaluation import mean_loss, predict
    from rnnlab.training.loop import Run, fit
    from rnnlab.training.progress import Progress
    from rnnlab.training.seeding import generator, initialise
    from rnnlab.training.settings import Settings
    from rnnlab.training.truncation import fit_truncated, side_by_side, truncated_gradient

__all__ = [
    "Batches",
    "Bucketed",
    "Examples",
    "Fixed",
    "Generated",
    "Growing",
    "Mixed",
    "Progress",
    "Row",
    "Run",
    "Scheduled",
    "Settings",
    "clip_by_norm",
    "clip_by_value",
    "finish",
    "fit",
    "fit_truncated",
    "generator",
    "initialise",
    "mean_loss",
    "pad",
    "padding_waste",
    "pick",
    "predict",
    "side_by_side",
    "squared_error",
    "truncated_gradient",
]

_ROOMS = (
    "progress",
    "settings",
    "clipping",
    "seeding",
    "devices",
    "bucketing",
    "batching",
    "curriculum",
    "curve",
    "evaluation",
    "loop",
    "truncation",
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        for room in _ROOMS:
            module = import_module(f"rnnlab.training.{room}")
            if name in vars(module):
                return vars(module)[name]
    raise AttributeError(f"module 'rnnlab.training' has no attribute {name!r}")
