"""The model that a comparison recommends, as it was tested: kept in a folder, read again, asked about new data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting import baselines, network, statistical
from rnnlab.forecasting.series import Series
from rnnlab.tasks import Scaler, Windows
from rnnlab.tasks.table import carried, known_in_advance
from rnnlab.tasks.windows import Series as Channels

Float64 = NDArray[np.float64]


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Forecasts of several series, as `Winner.predict` gives them, one below the other.

    Where their models differ, `model` says whose each forecast is, and it stands in the column `forecast`.
    """
    models = [str(table.columns[2]) for table in tables]
    if len(set(models)) > 1:
        tables = [
            pd.DataFrame(
                {"unique_id": each["unique_id"], "ds": each["ds"], "model": model, "forecast": each[model]}
            ).join(each.iloc[:, 3:])
            for model, each in zip(models, tables, strict=True)
        ]
    return pd.concat(tables, ignore_index=True)


NAIVE = {
    "mean": baselines.mean,
    "persistence": baselines.persistence,
    "drift": baselines.drift,
}


@dataclass(frozen=True, eq=False)
class Winner:
    """One series' best model with all that it needs to forecast: `facts` are plain, `arrays` are numbers.

    A network is the mean of its seeds' forecasts, with the weights that were tested: nothing is fitted again on the
    test part, for the intervals hold for these weights.
    """

    facts: Mapping[str, Any]  # model, id, target, inputs, calendar, frequency, zone, horizon, season, window, …
    arrays: Mapping[str, NDArray[Any]] = field(repr=False)  # radius 0.8 and 0.95 (horizon,), what was learnt, ahead

    def ahead(self) -> pd.DataFrame:
        """The steps after the series that the comparison was made on: as `predict` gives them."""
        return self._table(np.asarray(self.arrays["ahead"]), self.facts["last"], self.facts["id"])

    def predict(self, series: Series) -> pd.DataFrame:
        """The `horizon` steps after the end of `series`: unique_id, ds, the forecast, lo-80, hi-80, lo-95, hi-95.

        `series` holds the same target and inputs at the same frequency, its last `window` steps without a gap that is
        too long to carry a value over; its values may be others than those that were compared.
        InputError says what it lacks.
        """
        last = series.time[-1]
        return self._table(self.says(series), last if isinstance(last, int) else str(last), series.id)

    def says(self, series: Series) -> Float64:
        """(horizon,) the forecast, in the target's own unit."""
        facts, model = self.facts, self.facts["model"]
        self._check(series)
        if model == "auto_ets":
            values = carried(series.values, len(series))
            states = statistical.states_of(values, facts["fitted"])
            rows = np.array([len(values) - 1])
            return np.asarray(statistical.from_states(states, rows, facts["horizon"], facts["fitted"])[0])
        windows = self._window(series)
        asked = SimpleNamespace(window=facts["window"], horizon=facts["horizon"])
        if model in NAIVE:
            return np.asarray(NAIVE[model](asked)(windows)[0])
        if model == "seasonal_naive":
            return np.asarray(baselines.seasonal_naive(asked, season=facts["season"])(windows)[0])
        if model == "ridge":
            said = self.arrays["coefficients"] @ windows.inputs[0].ravel().astype(np.float64) + self.arrays["intercept"]
            return windows.series.scaler.unscale(said)
        each = [self._network(weights, windows) for name, weights in self.arrays.items() if name.startswith("seed ")]
        return np.asarray(np.mean(each, axis=0))

    def _network(self, weights: NDArray[Any], windows: Windows) -> Float64:
        from rnnlab.layers import Forecaster
        from rnnlab.training import predict

        facts = self.facts
        model = Forecaster(
            facts["model"], len(facts["channels"]), facts["hidden_size"], facts["horizon"],
            residual_column=facts["residual_column"], anchored=facts["anchored"],
        )  # fmt: skip
        said = windows.series.scaler.unscale(predict(network.filled(model, weights), windows.inputs))
        return np.asarray(said[0])

    def _check(self, series: Series) -> None:
        facts = self.facts
        missing = [name for name in facts["inputs"] if name not in series.inputs]
        if missing:
            raise InputError(
                f"The model reads the input {missing[0]!r}, which the new data of {series.id!r} lack; give the same "
                "columns as before."
            )
        if isinstance(series.time, pd.DatetimeIndex) != (facts["frequency"] is not None):
            raise InputError(
                "The model was made on data with times and the new ones have none, or the other way round."
            )
        need = facts["window"]
        if facts["model"] == "auto_ets":
            need = max(need, 2 * facts["season"], 10)
        if len(series) < need:
            raise InputError(
                f"The model reads the last {need} steps, and the new data of {series.id!r} have {len(series)}; give "
                f"{need - len(series)} more."
            )

    def _window(self, series: Series) -> Windows:
        facts = self.facts
        window, carry = facts["window"], facts["carry"]
        length = len(series) if facts["model"] == "mean" else min(len(series), window + carry)  # what can be looked at
        values, time = series.values[-length:], series.time[-length:]
        columns = {facts["target"]: values, **{name: series.inputs[name][-length:] for name in facts["inputs"]}}
        scaled = [Scaler(*facts["scalers"][name]).scale(carried(x, carry)) for name, x in columns.items()]
        if isinstance(time, pd.DatetimeIndex):
            local = time.tz_localize("UTC")
            local = local.tz_convert(facts["zone"]) if facts["zone"] else local
            scaled += known_in_advance(local, facts["calendar"]).values()
        channels = np.column_stack(scaled).astype(np.float32)
        past = carried(values, carry)
        if not (np.isfinite(channels[-window:]).all() and np.isfinite(past[-window:]).all()):
            raise InputError(
                f"The last {window} steps of the new data of {series.id!r} have a gap of more than {carry} steps, or "
                "begin with one; fill it, or give data that go further back."
            )
        stamps = np.arange(length).astype("datetime64[s]")  # no forecast looks at them
        held = Channels(stamps, channels, values, past, Scaler(*facts["scalers"][facts["target"]]))
        return Windows(held, np.array([length - 1]), window, facts["horizon"], 0, 0)

    def _table(self, said: Float64, last: Any, unique_id: str) -> pd.DataFrame:
        facts, horizon = self.facts, self.facts["horizon"]
        if facts["frequency"] is None:
            times: Any = np.arange(int(last) + 1, int(last) + 1 + horizon)
        else:
            times = pd.date_range(pd.Timestamp(last), periods=horizon + 1, freq=facts["frequency"])[1:]
        table = pd.DataFrame({"unique_id": unique_id, "ds": times, facts["model"]: said})
        for level in (0.8, 0.95):
            radius = self.arrays[f"radius {level}"]
            table[f"lo-{level * 100:.0f}"], table[f"hi-{level * 100:.0f}"] = said - radius, said + radius
        return table
