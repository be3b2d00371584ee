"""What a network is asked to do, one task a file."""

from rnnlab.tasks.adding import Adding
from rnnlab.tasks.copying import Copying
from rnnlab.tasks.forecasting import ForecastingTask, folds, forecasting
from rnnlab.tasks.parity import Parity
from rnnlab.tasks.protocol import GeneratedTask
from rnnlab.tasks.solution import Solution
from rnnlab.tasks.temporal_order import TemporalOrder
from rnnlab.tasks.windows import Scaler, Windows

__all__ = [
    "Adding",
    "Copying",
    "ForecastingTask",
    "GeneratedTask",
    "Parity",
    "Scaler",
    "Solution",
    "TemporalOrder",
    "Windows",
    "folds",
    "forecasting",
]
