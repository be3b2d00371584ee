from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_series import TINY, autoregression, pure_season, random_walk, series

from rnnlab import forecasting
from rnnlab.errors import InputError
from rnnlab.forecasting import Series, Winner, assessment, judging
from rnnlab.forecasting.model_folder import FACTS, NUMBERS, load, predict, save
from rnnlab.forecasting.planning import plan

MODELS = ("persistence", "seasonal_naive", "drift", "mean", "ridge", "auto_ets", "rnn", "lstm", "gru")
INPUTS = {"other": np.random.default_rng(1).normal(size=260)}
MADE = series(pure_season(5, T=260).values + 0.3 * autoregression(5, T=260).values, **INPUTS)


def frame(made: Series) -> pd.DataFrame:
    return pd.DataFrame({"y": made.values, **made.inputs}, index=pd.DatetimeIndex(made.time, name="day"))


def result_with(model: str, monkeypatch: pytest.MonkeyPatch, data: Any = None, **given: Any) -> forecasting.Result:
    """A comparison that recommends `model`, whatever it found."""
    nets = (model,) if model in ("rnn", "lstm", "gru") else ("rnn",)
    monkeypatch.setattr(assessment, "recommended", lambda judgement: model)
    options = TINY | {"window": 14, "views": ("anchored",), "statistical": True} | given
    data = frame(MADE) if data is None else data
    reading = {"target": "y", "inputs": ("other",)} if data is not None and "id" not in given else {}
    return forecasting.compare(data, horizon=4, season=7, nets=nets, **reading | options)


def until(made: Series, count: int) -> Series:
    return Series(made.id, made.time[:count], made.values[:count], {k: v[:count] for k, v in made.inputs.items()})


@pytest.mark.parametrize("model", MODELS)
def test_a_winner_read_back_forecasts_what_the_backtest_did(
    model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = result_with(model, monkeypatch)
    assert "statsmodels" in result.versions  # which takes part here
    result.save(tmp_path)
    (winner,) = load(tmp_path).values()
    rows = result.rows
    for cutoff in rows["cutoff"].unique()[[0, 7, -1]]:
        known = until(MADE, int((MADE.time <= cutoff).sum()))
        here = rows[rows["cutoff"] == cutoff]
        ahead = winner.predict(known)
        np.testing.assert_allclose(ahead[model], here[model], rtol=1e-5, atol=1e-6)
        assert ahead["ds"].tolist() == here["ds"].tolist()
    pd.testing.assert_frame_equal(winner.ahead(), result.forecast())
    pd.testing.assert_frame_equal(predict(tmp_path, frame(MADE)), result.forecast(), rtol=1e-5)


def test_its_intervals_are_as_wide_as_the_backtests_errors_were(monkeypatch: pytest.MonkeyPatch) -> None:
    result = result_with("persistence", monkeypatch)
    rows, ahead = result.rows, result.forecast()
    error = np.abs(rows["y"] - rows["persistence"]).to_numpy().reshape(-1, 4)
    for level in (0.8, 0.95):
        radius = ahead[f"hi-{level * 100:.0f}"] - ahead["persistence"]
        within = (error <= radius.to_numpy() + 1e-12).mean(axis=0)
        assert (within >= level).all()
        assert (within < level + 2 / len(error)).all()
        np.testing.assert_allclose(ahead[f"lo-{level * 100:.0f}"], ahead["persistence"] - radius)


def test_the_files_are_safetensors_and_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result_with("gru", monkeypatch).save(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [FACTS, NUMBERS]
    json.loads((tmp_path / FACTS).read_text())


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    result_with("ridge", monkeypatch).save(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda new: new.drop(columns="other"), "other"),
        (lambda new: new.iloc[:12], "reads the last 14 steps, and the new data of .* have 12; give 2 more"),
        (lambda new: new.iloc[::3], "made on steps of D, and the new data have"),
        (lambda new: new.assign(other=new["other"].where(new.index > new.index[-2])), "have a gap of more than 12"),
    ],
)
def test_new_data_that_do_not_fit_are_refused_with_what_they_lack(change: Any, sentence: str, kept: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        predict(kept, change(frame(MADE)), **({"frequency": None} if "steps of D" in sentence else {}))


def test_a_folder_that_holds_no_forecaster_or_a_damaged_one_is_refused(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no forecaster"):
        load(tmp_path / "nowhere")
    numbers, facts = (kept / NUMBERS).read_bytes(), (kept / FACTS).read_text()
    for place in (0, 9, len(numbers) // 2, len(numbers) - 1):
        (kept / NUMBERS).write_bytes(numbers[:place] + bytes([numbers[place] ^ 1]) + numbers[place + 1 :])
        with pytest.raises(InputError, match="damaged"):
            load(kept)
    (kept / NUMBERS).write_bytes(numbers)
    for damaged, sentence in (
        (facts[:-30], "damaged"),
        ('{"format": "other"}', "no forecaster that"),
        ("[]", "no fore"),
    ):
        (kept / FACTS).write_text(damaged)
        with pytest.raises(InputError, match=sentence):
            load(kept)


def test_an_input_that_ends_in_a_gap_holds_its_last_value(kept: Path) -> None:
    new = frame(MADE)
    gap = new.assign(other=new["other"].where(new.index <= new.index[-6]))
    pd.testing.assert_frame_equal(predict(kept, gap), predict(kept, gap.ffill()))


@pytest.mark.parametrize("written", [0, 1])
def test_a_forecaster_is_never_half_a_file_and_is_whole_again_when_it_is_saved_again(
    written: int, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = load(kept).values()
    new = Winner(old.facts, {name: array + 1 for name, array in old.arrays.items()})
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    names = ["write_bytes", "write_text"][written:]

    def torn(path: Path, content: Any, **_: Any) -> None:
        with path.open("wb") as file:
            file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(Path, names[0], torn)
        with pytest.raises(KeyboardInterrupt):
            save([new], kept)
    after = {path.name: path.read_bytes() for path in kept.iterdir()}
    assert after[FACTS] == before[FACTS]
    assert (after == before) is (written == 0)
    if written:  # the numbers are new already: what does not belong together is refused, not read
        with pytest.raises(InputError, match="does not belong"):
            load(kept)
    save([new], kept)
    (again,) = load(kept).values()
    np.testing.assert_array_equal(again.arrays["coefficients"], old.arrays["coefficients"] + 1)


def test_a_forecaster_of_many_series_knows_each_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parts = [frame(MADE).assign(id=name, y=MADE.values + shift) for name, shift in (("a", 0.0), ("b", 10.0))]
    table = pd.concat(parts).reset_index()
    given = {"target": "y", "time": "day", "id": "id", "inputs": ("other",)}
    result = result_with("persistence", monkeypatch, table, **given)
    result.save(tmp_path)
    again = predict(tmp_path, table)
    pd.testing.assert_frame_equal(again, result.forecast())
    assert again.groupby("unique_id")["persistence"].first().diff().iloc[1] == pytest.approx(10.0)
    with pytest.raises(InputError, match=r"no model for the series 'c'; it knows a, b"):
        predict(tmp_path, table.replace({"id": {"b": "c"}}))


def test_without_times_the_steps_are_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Series("made", pd.RangeIndex(260), random_walk(3, T=260).values)
    monkeypatch.setattr(assessment, "recommended", lambda judgement: "drift")
    found = plan(made, horizon=4, season=1, nets=("rnn",), **TINY | {"views": ("level",)}).run()
    assert found.forecast()["ds"].tolist() == [260, 261, 262, 263]


def test_a_network_is_recommended_only_where_it_is_better() -> None:
    judgement = judging.Judgement("better", "gru", "ridge", 0.1, (0.05, 0.15), 0.01, "")
    assert assessment.recommended(judgement) == "gru"
    for decision in ("worse", "cannot tell"):
        worse = judging.Judgement(decision, "gru", "ridge", 0.1, (0.05, 0.15), 0.01, "")  # type: ignore[arg-type]
        assert assessment.recommended(worse) == "ridge"


def test_what_is_asked_of_nothing_is_an_error_of_python() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = forecasting.nothing
    assert forecasting.Winner is Winner
