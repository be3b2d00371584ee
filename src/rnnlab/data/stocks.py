"""Daily prices of five American stocks from 2000 to 2013."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnlab.data.source import Source
from rnnlab.errors import InputError

SOURCE = Source(
    package="bokeh_sampledata",
    version="2026.1",
    file="_data/stocks.csv.gz",
    sha256="5abadf99b2d394f920120a27de6f0df129859d71d4cfb0bf661bcc99446ab1fd",
    origin="Daily prices to 2013-03-01 from Quandl WIKI Prices, declared public domain by its publisher, as the "
    "package bokeh_sampledata carries them.",
)

TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")

_COLUMNS = {
    "Adj Close": ("price", "USD, adjusted"),
    "Open": ("open", "USD"),
    "High": ("high", "USD"),
    "Low": ("low", "USD"),
    "Close": ("close", "USD"),
    "Volume": ("volume", "shares"),
}


def stocks(ticker: str) -> pd.DataFrame:
    """One row a trading day to 2013-03-01: 3,270 from 2000-03-01 for AAPL, IBM, MSFT; 2,148 for GOOG; 196 for FB.

    `price` is the close adjusted for splits and dividends: use this one. `open`, `high`, `low`, `close` (USD) and
    `volume` (shares) are as traded that day, where a split looks like a crash: MSFT's close halves on 2003-02-18
    (log return −0.66) and its price rises by 3 %. AAPL's −0.73 on 2000-09-29 is in both: a profit warning, and real.

    Rows are trading days, in order and without repeats: holidays and weekends are no gaps, a row's step is from one
    close to the next. `price` is scaled by what happened after each day, so its level tells nothing that was known
    then; its log returns do not depend on that scale.

    `attrs` holds name, units and origin. An unknown ticker raises InputError.
    """
    if ticker not in TICKERS:
        raise InputError(f"There is no ticker {ticker!r}; the five tickers are {', '.join(TICKERS)}.")
    records = pd.read_csv(SOURCE.path())
    records = records[records["Ticker"] == ticker]
    index = pd.DatetimeIndex(pd.to_datetime(records["Date"]), name="time")
    table = records[list(_COLUMNS)].astype(np.float64).set_index(index)
    table.columns = pd.Index([name for name, _ in _COLUMNS.values()])
    table.attrs = {"name": ticker, "units": dict(_COLUMNS.values()), "origin": SOURCE.origin}
    return table


def log_returns(price: pd.Series[float]) -> pd.Series[float]:
    """r_t = ln p_t − ln p_{t−1}, named "log_return"; the first row, which has no predecessor, is left out.

    A price that is missing or not positive raises InputError.
    """
    bad = ~(price > 0)
    if bad.any():
        raise InputError(
            f"A log return needs positive prices; {price.name} is {price[bad].iloc[0]} at {price.index[bad][0]}: "
            "leave those rows out first."
        )
    returns = pd.Series(np.diff(np.log(price.to_numpy())), index=price.index[1:], name="log_return")
    returns.attrs = {"name": price.attrs.get("name"), "units": {"log_return": "ln"}}
    return returns
