"""Half-hourly temperature of the sea surface off New England, 2016 to 2017."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnlab.data.source import Source

SOURCE = Source(
    package="bokeh_sampledata",
    version="2026.1",
    file="_data/sea_surface_temperature.csv.gz",
    sha256="529155ac773634b0dca439781a839487640db92e2bdb597e372a2b0ba0ffbff0",
    origin="Sea surface temperature at the buoy B01 on the Western Maine Shelf from the Northeastern Regional "
    "Association of Coastal Ocean Observing Systems (NERACOOS), as the package bokeh_sampledata carries it.",
)


def sea_temperature() -> pd.DataFrame:
    """The 19,249 half-hours from 2016-02-15 00:00 to 2017-03-22 00:00 UTC: one column, `temperature` in °C.

    The source has 19,226 records. One instant is recorded twice (2017-03-21 16:30, 4.276 °C and 4.289 °C): the first
    is kept. 24 half-hours are missing and stand as NaN: one on 2016-06-14, and 23 in the twelve hours to 13:30 on
    2016-07-08.

    The sea is slow: half an hour later it is 0.05 °C warmer or colder on average (lag-1 autocorrelation 0.9998), so
    that persistence is hard to beat a few steps ahead. One year and five weeks: a split by time tests a season that
    training has seen at most once.

    `attrs` holds name, units and origin.
    """
    records = pd.read_csv(SOURCE.path(), names=["time", "temperature"], header=0)
    index = pd.DatetimeIndex(pd.to_datetime(records["time"], utc=True), name="time")
    table = records[["temperature"]].astype(np.float64).set_index(index)
    table = table[~table.index.duplicated()].asfreq("30min")
    table.attrs = {"name": "sea surface", "units": {"temperature": "°C"}, "origin": SOURCE.origin}
    return table
