"""What the benchmarks recorded is found, and speed-ups are the ratio of the right two medians."""

from __future__ import annotations

import math

import pytest

from rnnlab.chapters.benchmarks import benchmark, on_what, speed_ups
from rnnlab.errors import InputError


def timed(cell: str, peer: str, median: float, *, what: str = "training", H: int = 8, dtype: str = "float32") -> dict:
    return {"what": what, "cell": cell, "B": 2, "T": 3, "I": 4, "H": H, "dtype": dtype, "peer": peer, "median": median}


def test_a_speed_up_is_the_time_of_the_peer_over_ours_at_the_same_size() -> None:
    rows = [
        timed("RNN", "rnnlab", 2.0),
        timed("RNN", "torch", 6.0),
        timed("RNN", "JAX", 60.0),
        timed("RNN", "torch", 600.0, what="inference"),
        timed("RNN", "torch", 6000.0, dtype="float64"),
        timed("GRU", "rnnlab", 1.0, H=16),
        timed("GRU", "torch", 0.5, H=16),
    ]
    sizes, ratios = speed_ups({"milliseconds": rows}, "torch")
    assert sizes == [(2, 3, 4, 8), (2, 3, 4, 16)]
    assert ratios["rnn"][0] == 3.0
    assert ratios["gru"][1] == 0.5
    assert all(math.isnan(ratio) for ratio in (ratios["rnn"][1], ratios["gru"][0], *ratios["lstm"]))


def test_the_record_of_the_engine_says_what_it_ran_on() -> None:
    record = benchmark("engine")
    assert record["about"]["peers"]["torch"] in on_what(record)
    assert {"what", "goal", "measured", "verdict"} <= set(record["goals"][0])


def test_a_benchmark_that_nobody_recorded_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(InputError, match=r"No benchmark named 'engin' is recorded; there are: .*engine"):
        benchmark("engin")
