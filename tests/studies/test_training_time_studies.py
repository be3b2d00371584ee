"""Chapter 7's questions: what their trials measure, that they compare the same work, what turns a verdict."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnlab import engine, scratch
from rnnlab.errors import InputError
from rnnlab.layers import Reader
from rnnlab.studies import Records, accelerator, batch_size, padding, speed_ladder, step_cost, truncation_reach
from rnnlab.studies import stopwatch as watch
from rnnlab.studies.store import Record
from rnnlab.studies.study import Study
from rnnlab.training import initialise, padding_waste

RUNG = pytest.mark.parametrize("name", list(speed_ladder.RUNGS))


@RUNG
@pytest.mark.parametrize("size", [(7, 3, 5, 4), (1, 1, 1, 1), (2, 9, 3, 17)])
def test_every_rung_has_the_gradients_of_scratch(name: str, size: tuple[int, int, int, int]) -> None:
    given = speed_ladder.problem(size, np.float64, seed=3)
    cell = scratch.Elman(size[2], size[3], rng=0)
    weights = {"weight_ih_l0": "w_ih", "weight_hh_l0": "w_hh", "bias_ih_l0": "b"}
    cell.parameters = {n: given[weights[n]] if n in weights else np.zeros(size[3]) for n in cell.parameters}
    _, _, wanted = cell.backward(given["x"], cell.forward(given["x"]), given["g"])
    found = speed_ladder.RUNGS[name](**given)
    np.testing.assert_allclose(found[0], wanted["weight_ih_l0"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found[1], wanted["weight_hh_l0"], rtol=1e-10, atol=1e-12)


def test_a_rung_with_another_gradient_is_seen() -> None:
    def late(x, w_ih, w_hh, b, g):  # type: ignore[no-untyped-def]  # a rung with the mistake of a step
        return speed_ladder.batched(x, w_ih, w_hh, b, np.roll(g, 1, axis=0))

    given = speed_ladder.problem((6, 2, 3, 4), np.float64)
    assert speed_ladder.worst_difference(speed_ladder.RUNGS, given) < 1e-12
    assert speed_ladder.worst_difference({"late": late}, given) > 1e-2


def test_a_climb_reports_gains_that_multiply_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_ladder, "SIZES", {"small": (4, 2, 3, 5)})
    found = speed_ladder.climb(size="small", rounds=2, seed=0)
    names = ["loops", "batched", "hoisted", "summed_once", "compiled"]
    for before, name in itertools.pairwise(names):
        assert found[f"{name}_gain"] == pytest.approx(found[f"{before}_ms"] / found[f"{name}_ms"])
    assert found["least_gain"] == min(found[f"{name}_gain"] for name in names[1:])
    assert found["over_batched"] == pytest.approx(found["batched_ms"] / found["compiled_ms"])
    assert found["worst_difference"] < 1e-12


def test_a_race_times_the_fastest_call_and_takes_turns() -> None:
    calls: list[str] = []
    pause = {"slow": [0.004, 0.0001, 0.004], "quick": [0.0001]}

    def runner(name: str):  # type: ignore[no-untyped-def]  # a function without arguments
        cycle = itertools.cycle(pause[name])

        def wait() -> None:
            calls.append(name)
            until = time.perf_counter() + next(cycle)
            while time.perf_counter() < until:
                pass

        return wait

    found = watch.race({name: runner(name) for name in pause}, rounds=3, slot=0.02)
    order = [name for name, _ in itertools.groupby(calls)]
    assert order == ["slow", "quick", "slow", "quick"], "each round begins with the one that ended the last"
    assert found.seconds["slow"].shape == (3,)
    assert found.times_faster("quick", "slow") == pytest.approx(
        found.milliseconds("slow") / found.milliseconds("quick")
    )
    assert found.milliseconds("slow") < 4, "the fastest of its calls stands"


def test_one_core_is_taken_and_given_back() -> None:
    before = torch.get_num_threads(), engine.get_threads()
    with watch.on_one_core():
        assert (torch.get_num_threads(), engine.get_threads()) == (1, 1)
    assert (torch.get_num_threads(), engine.get_threads()) == before


def test_step_cost_measures_both_makers_at_every_size() -> None:
    found = step_cost.cost(T=2, B=2, I=3, rounds=1, seed=0)
    assert len(found["engine_by_size"]) == len(found["torch_by_size"]) == len(step_cost.SIZES)
    tiny = torch.tensor(step_cost.SMALL, dtype=torch.float32)
    assert 0 < float(tiny) < torch.finfo(torch.float32).tiny, "denormal, and not zero"


def test_padding_counts_all_texts_and_packs_what_it_pads() -> None:
    found = padding.waste(
        texts="surnames", batch_size=8, pool=20, I=3, H=4, timed=2, timed_longest=40, rounds=1, seed=0
    )
    lengths = padding.text_lengths("surnames")
    assert found["sequences"] == len(lengths) > 13_000 and found["longest"] == lengths.max()
    shares = [found[f"waste {way}"] for way in padding.WAYS]
    assert shares[0] == padding_waste(lengths) and shares == sorted(shares, reverse=True)
    assert found["engine packed cost"] == pytest.approx(
        found["engine packed ms"] / found["engine to the longest of the batch ms"]
    )


@pytest.mark.parametrize("maker", list(padding.MAKERS))
def test_a_packed_epoch_ends_with_the_states_of_a_padded_one(maker: str) -> None:
    layer = initialise(lambda: padding.MAKERS[maker].LSTM(3, 4), 0)
    lengths = torch.tensor([2, 5, 1])
    x = torch.randn(5, 3, 3, generator=torch.Generator().manual_seed(0))
    seen: list[torch.Tensor] = []
    grad = torch.autograd.grad

    def noting(loss: torch.Tensor, weights: list[torch.Tensor]) -> object:
        seen.append(loss.detach())
        return grad(loss, weights)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.autograd, "grad", noting)
        for packed in (False, True):
            padding.epoch(layer, [(x, lengths)], packed)()
    torch.testing.assert_close(seen[0], seen[1])


def test_time_to_a_goal_is_updates_times_the_time_of_one() -> None:
    def trained(goal: float, sequences: int) -> dict[str, Any]:
        return batch_size.time_to_goal(
            goal=goal, sequences=sequences, batch_size=64, learning_rate=1e-2, hidden_size=16, look_every=512, rounds=1,
            seed=0,
        )  # fmt: skip

    found = trained(2.4, 20_000)
    assert found["ended"] == "reached the goal" and found["validation"] <= 2.4
    assert found["sequences_to_goal"] == 64 * found["updates_to_goal"]
    assert found["seconds_to_goal"] == pytest.approx(found["sequences_to_goal"] / found["sequences_a_second"])
    never = trained(0.1, 200)
    assert never["ended"] == "finished"
    assert never["seconds_to_goal"] == never["sequences_to_goal"] == never["updates_to_goal"] == np.inf


def test_an_echo_is_late_by_its_delay() -> None:
    series = truncation_reach.echo(3, 20, 5, np.random.default_rng(0))
    assert np.array_equal(series.targets[:, 5:], series.inputs[:, :-5]) and not series.targets[:, :5].any()
    assert set(np.unique(series.inputs)) == {-1.0, 1.0}


ECHO = {
    "cell": "gru",
    "delay": 3,
    "k1": 2,
    "hidden_size": 12,
    "rows": 16,
    "steps": 60,
    "learning_rate": 0.02,
    "seed": 0,
}


def test_an_echo_within_reach_is_learnt_and_one_beyond_it_hardly() -> None:
    near = truncation_reach.learn_an_echo(reach=6, updates=300, **ECHO)  # type: ignore[arg-type]
    far = truncation_reach.learn_an_echo(reach=2, updates=300, **ECHO)  # type: ignore[arg-type]
    assert near["score"] > 0.97 > 0.9 > far["score"]
    again = truncation_reach.learn_an_echo(reach=2, updates=300, **ECHO)  # type: ignore[arg-type]
    assert again == far, "the same seed, the same bits"


def test_only_the_reach_bounds_what_backward_keeps() -> None:
    model = initialise(lambda: Reader("gru", 5, 8, 5, tokens=True, every_step=True), 0)
    tokens = torch.randint(0, 5, (4, 200), generator=torch.Generator().manual_seed(0))
    full = [truncation_reach.kept_for_backward(model, tokens[:, :T], T) for T in (50, 100, 200)]
    cut = [truncation_reach.kept_for_backward(model, tokens[:, :T], 50) for T in (50, 100, 200)]
    assert cut[0] == cut[1] == cut[2] == full[0]
    assert full[2] == pytest.approx(4 * full[0], rel=0.05) and full[1] == pytest.approx(2 * full[0], rel=0.05)
    assert full[0] > 50 * 4 * 8 * 4, "at least the states of every step"
    weights = sum(parameter.nbytes for parameter in model.parameters())
    assert 2 * full[0] - full[1] < weights / 2, "what does not grow with the steps is less than the weights"


def records_of(study: Study, rows: list[tuple[dict[str, object], int, dict[str, object]]]) -> Records:
    made = [
        Record(
            study=study.name, fingerprint="", mode="full", settings=dict(settings), seed=seed, status="done",
            measurements=dict(measured), error=None, seconds=0.0, when="", version="", machine={},
        )
        for settings, seed, measured in rows
    ]  # fmt: skip
    return Records(study, "full", made)


def test_the_ladders_claims_turn_when_a_rung_is_slower_or_torch_is_faster() -> None:
    def judged(**changed: float) -> list[str]:
        measured = {"worst_difference": 1e-14, "least_gain": 1.2, "batched_gain": 200.0, "over_batched": 6.0}
        measured |= {"over_torch": 3.0} | changed
        study = speed_ladder.SPEED_LADDER
        rows = [({"size": size}, seed, measured) for seed in range(10) for size in speed_ladder.SIZES]
        return [verdict.decision for verdict in study.verdicts(records_of(study, rows))]  # type: ignore[arg-type]

    assert judged() == ["holds"] * 4
    assert judged(worst_difference=1e-6)[0] == "does not hold"
    assert judged(least_gain=0.9)[1] == "does not hold"
    assert judged(over_batched=900.0)[2] == "does not hold"
    assert judged(over_torch=0.8)[3] == "does not hold"


def test_the_largest_batch_is_judged_against_the_best_of_the_others() -> None:
    study = batch_size.BATCH_SIZE

    def judged(seconds: dict[int, float]) -> list[str]:
        rows = [
            (
                {"batch_size": size},
                seed,
                {
                    "sequences_a_second": 1e3 * size,
                    "sequences_to_goal": 100.0 * size,
                    "seconds_to_goal": took + 0.01 * seed,
                },
            )
            for seed in range(10)
            for size, took in seconds.items()
        ]
        return [verdict.decision for verdict in study.verdicts(records_of(study, rows))]  # type: ignore[arg-type]

    assert judged({8: 9.0, 32: 2.0, 128: 3.0, 512: 4.0}) == ["holds", "does not hold", "holds"]
    assert judged({8: 9.0, 32: 5.0, 128: 3.0, 512: 2.0})[1] == "holds"
    assert judged({8: np.inf, 32: 5.0, 128: 3.0, 512: 2.0})[1] == "holds"


def test_the_reach_is_judged_at_the_delay_and_at_twice_the_delay() -> None:
    study = truncation_reach.TRUNCATION_REACH

    def judged(at_delay: float, at_twice: float) -> list[str]:
        scores = dict.fromkeys(study.vary["reach"], 0.5) | {8: at_delay, 16: at_twice}
        rows = [
            ({"reach": reach}, seed, {"score": score + 1e-4 * seed})
            for seed in range(10)
            for reach, score in scores.items()
        ]
        return [verdict.decision for verdict in study.verdicts(records_of(study, rows))]  # type: ignore[arg-type]

    assert judged(0.505, 0.99) == ["holds", "holds"]
    assert judged(0.6, 0.9) == ["does not hold", "does not hold"]


def hasty_race(steps: Any, *, rounds: int) -> watch.Race:
    return watch.race(steps, rounds=1, slot=1e-9)


def test_an_accelerators_records_are_kept_under_its_name_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "SIZES", {"small": (2, 2, 3, 4), "wide": (3, 2, 3, 8)})
    monkeypatch.setattr(accelerator, "race", hasty_race)
    monkeypatch.setattr(accelerator, "device_name", lambda device: "Test Device (X)")
    assert accelerator.recorded(tmp_path) == []
    made = accelerator.measure("cpu", "full", store=tmp_path)  # the one device that is everywhere
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["accelerator_test_device_x.jsonl"]
    (found,) = accelerator.recorded(tmp_path)
    assert len(found) == len(made) == 10 * 3 * 2 and not found.errors
    assert set(found.table["device_name"]) == {"Test Device (X)"} and set(found.table["half"]) == {"bfloat16"}
    assert found.table["difference"].max() < 1e-4
    assert [verdict.claim for verdict in found.study.verdicts(found)] == ["7.6a", "7.6b", "7.6c"]


def test_a_device_that_is_not_here_is_not_measured(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        assert accelerator.device_name(torch.device("cuda"))
        return
    with pytest.raises(InputError, match="cuda was asked for and is not here"):
        accelerator.measure("cuda", store=tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_accelerator_is_in_the_catalogue_of_studies() -> None:
    from rnnlab.studies.catalogue import catalogue

    assert not [name for name in catalogue() if name.startswith("accelerator")]
