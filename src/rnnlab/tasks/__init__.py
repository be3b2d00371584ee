"""What a network is asked to do, one task a file."""

from rnnlab.tasks.forecasting import ForecastingTask, folds, forecasting
from rnnlab.tasks.windows import Scaler, Windows

__all__ = ["ForecastingTask", "Scaler", "Windows", "folds", "forecasting"]
