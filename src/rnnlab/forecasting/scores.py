"""How far forecasts are from the truth: MAE, RMSE and MASE as utilsforecast computes them, overall and by horizon."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from utilsforecast.losses import mae, mase, rmse

from rnnlab.errors import InputError
from rnnlab.tasks import ForecastingTask, Windows


def long_format(task: ForecastingTask, windows: Windows, forecasts: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """One row a target: unique_id, ds (its time, UTC), cutoff (its origin), y and one column a model.

    `forecasts` holds (N, horizon) arrays in the target's own unit. It is the form that utilsforecast and the packages
    around it read. InputError for another shape, and for a forecast that is not finite: a mean would pass over it.
    """
    truth = windows.truth
    rows = pd.DataFrame(
        {
            "unique_id": task.name,
            "ds": windows.stamps.ravel(),
            "cutoff": windows.origins.repeat(task.horizon),
            "y": truth.ravel(),
        }
    )
    for name, forecast in forecasts.items():
        values = np.asarray(forecast, dtype=np.float64)
        if values.shape != truth.shape:
            raise InputError(f"The forecast {name!r} has shape {values.shape}; these windows ask for {truth.shape}.")
        if not np.isfinite(values).all():
            lost = np.sum(~np.isfinite(values))
            raise InputError(f"The forecast {name!r} has {lost} values that are not finite; count it as diverged.")
        rows[name] = values.ravel()
    return rows


def scores(
    task: ForecastingTask, windows: Windows, forecasts: Mapping[str, ArrayLike], *, season: int = 24
) -> pd.DataFrame:
    """Over all origins t and steps k, with e = y − ŷ, one row a model:

    MAE = mean |e|,  RMSE = √(mean e²),  MASE = MAE / mean |y_s − y_{s−m}| over the training part, m = `season` rows.

    MAE and RMSE in the target's own unit. MASE below 1: better than the seasonal naive method was, one step of m rows
    ahead, inside the training part. RMSE over all steps is not the mean of the RMSE of each.
    Source: Hyndman and Koehler, 2006.
    """
    rows, models = long_format(task, windows, forecasts).drop(columns="cutoff"), list(forecasts)
    history = _history(task, season)
    return pd.DataFrame(
        {
            "MAE": mae(rows, models)[models].iloc[0],
            "RMSE": rmse(rows, models)[models].iloc[0],
            "MASE": mase(rows, models, seasonality=season, train_df=history)[models].iloc[0],
        }
    ).rename_axis("model")


def scores_by_horizon(
    task: ForecastingTask, windows: Windows, forecasts: Mapping[str, ArrayLike], *, season: int = 24
) -> pd.DataFrame:
    """The same three scores at each step: indexed by model and step 1 … horizon, so that
    `.loc["ridge", "MAE"]` is the error against the horizon.
    """
    rows, models = long_format(task, windows, forecasts), list(forecasts)
    rows["step"] = np.tile(np.arange(1, task.horizon + 1), len(windows))
    rows = rows.drop(columns="cutoff")
    history = _history(task, season)
    history["seasonal naive"] = history["y"].shift(season)
    scale = mae(history, ["seasonal naive"])["seasonal naive"].iloc[0]
    absolute, squared = (score(rows, models, id_col="step").set_index("step") for score in (mae, rmse))
    return pd.concat(
        {
            model: pd.DataFrame({"MAE": absolute[model], "RMSE": squared[model], "MASE": absolute[model] / scale})
            for model in models
        },
        names=["model"],
    )


def _history(task: ForecastingTask, season: int) -> pd.DataFrame:
    history = pd.DataFrame({"unique_id": task.name, "ds": task.history.index, "y": task.history.to_numpy()})
    change = (history["y"] - history["y"].shift(season)).abs().mean()
    if season < 1 or not change > 0:
        raise InputError(
            f"MASE with season={season} has no scale: the training part of {task.target!r} ({len(history)} rows) "
            "is not longer than a season, or repeats itself exactly."
        )
    return history
