from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnlab.data import log_returns, stocks
from rnnlab.data.stocks import TICKERS
from rnnlab.errors import InputError


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {ticker: stocks(ticker) for ticker in TICKERS}


@pytest.mark.parametrize(
    ("ticker", "rows", "first"),
    [
        ("AAPL", 3_270, "2000-03-01"),
        ("IBM", 3_270, "2000-03-01"),
        ("MSFT", 3_270, "2000-03-01"),
        ("GOOG", 2_148, "2004-08-19"),
        ("FB", 196, "2012-05-18"),
    ],
)
def test_each_ticker_has_the_rows_that_its_description_states(
    ticker: str, rows: int, first: str, tables: dict[str, pd.DataFrame]
) -> None:
    index = tables[ticker].index
    assert len(index) == rows
    assert (index[0], index[-1]) == (pd.Timestamp(first), pd.Timestamp("2013-03-01"))


def test_rows_are_trading_days_in_order_without_gaps_or_repeats(tables: dict[str, pd.DataFrame]) -> None:
    for table in tables.values():
        assert table.index.is_monotonic_increasing
        assert table.index.is_unique
        assert (table.index.day_of_week < 5).all()
        assert table.notna().all(axis=None)
        assert (table.drop(columns="volume") > 0).all(axis=None)
    closed = pd.bdate_range("2001-09-11", "2001-09-14")
    assert tables["IBM"].index.intersection(closed).empty


def test_a_split_looks_like_a_crash_in_the_close_and_not_in_the_price(tables: dict[str, pd.DataFrame]) -> None:
    table, day = tables["MSFT"], pd.Timestamp("2003-02-18")
    assert log_returns(table["close"])[day] == pytest.approx(-0.66, abs=0.005)
    assert log_returns(table["price"])[day] == pytest.approx(0.033, abs=0.0005)


def test_a_real_crash_is_in_both(tables: dict[str, pd.DataFrame]) -> None:
    table, day = tables["AAPL"], pd.Timestamp("2000-09-29")
    assert log_returns(table["close"])[day] == pytest.approx(-0.73, abs=0.005)
    assert log_returns(table["price"])[day] == pytest.approx(-0.73, abs=0.005)


def test_levels_almost_repeat_themselves_and_returns_do_not(tables: dict[str, pd.DataFrame]) -> None:
    for ticker in ("AAPL", "IBM", "MSFT"):
        price = tables[ticker]["price"].to_numpy()
        returns = log_returns(tables[ticker]["price"]).to_numpy()
        assert np.corrcoef(price[1:], price[:-1])[0, 1] ** 2 > 0.98
        assert -0.05 < np.corrcoef(returns[1:], returns[:-1])[0, 1] < -0.03
    ibm = tables["IBM"]["price"].to_numpy()
    assert np.corrcoef(ibm[1:], ibm[:-1])[0, 1] ** 2 == pytest.approx(0.998, abs=0.0005)


def test_log_returns_add_up_to_the_whole_way(tables: dict[str, pd.DataFrame]) -> None:
    price = tables["GOOG"]["price"]
    returns = log_returns(price)
    assert len(returns) == len(price) - 1
    assert returns.index[0] == price.index[1]
    assert np.exp(returns.sum()) == pytest.approx(price.iloc[-1] / price.iloc[0])
    assert returns.name == "log_return"
    assert returns.to_frame().attrs["name"] == "GOOG"


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_price_without_a_logarithm_is_named_with_its_day(bad: float) -> None:
    price = pd.Series([1.0, bad, 2.0], index=pd.date_range("2020-01-01", periods=3), name="price")
    with pytest.raises(InputError, match=r"positive prices; price is .* at 2020-01-02"):
        log_returns(price)


def test_units_are_named_and_an_unknown_ticker_ends_in_the_list(tables: dict[str, pd.DataFrame]) -> None:
    assert tables["FB"].attrs["units"] == {
        "price": "USD, adjusted", "open": "USD", "high": "USD", "low": "USD", "close": "USD", "volume": "shares",
    }  # fmt: skip
    assert "public domain" in tables["FB"].attrs["origin"]
    with pytest.raises(InputError, match=r"no ticker 'TSLA'.*AAPL, FB, GOOG, IBM, MSFT"):
        stocks("TSLA")
