"""The goals and whether they are met: each a row of the table that is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from speed.case import CELLS, Case
from speed.measure import GROWTH, INFERENCE, MEMORY, PACKED, STEPS, TRAINING, TRIALS, WIDE, Measured, products


@dataclass(frozen=True)
class Row:
    """One goal. `met` is None where nothing was asked for, or where nothing could be measured."""

    what: str
    goal: str
    measured: str
    met: bool | None
    missed_by: str = ""
    detail: str = ""

    @property
    def verdict(self) -> str:
        return {True: "met", False: f"missed ({self.missed_by})", None: "–"}[self.met]


def rows(found: Measured) -> list[Row]:
    return [
        *against_torch_and_jax(found),
        *lstm(found),
        *arithmetic(found),
        *lengths(found),
        *wide(found),
        *one_step(found),
        *trials(found),
        *memory(found),
        *growth(found),
        *compilation(found),
        *inference(found),
    ]


def geometric_mean(values: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(list(values)))))


def at_least(what: str, goal: str, value: float, wanted: float, detail: str = "") -> Row:
    return Row(what, goal, f"{value:.2f}×", value >= wanted, f"{value:.2f}× of {wanted:.2f}×", detail)


def at_most(what: str, goal: str, value: float, wanted: float, unit: str = "", detail: str = "") -> Row:
    return Row(
        what, goal, f"{value:.2f}{unit}", value <= wanted, f"{value / wanted - 1:.0%} over {wanted:g}{unit}", detail
    )


def name(case: Case) -> str:
    return f"{case.cell} {case.B},{case.T},{case.I},{case.H}"


def listed(found: Measured, cases: Sequence[Case], peer: str) -> str:
    return "; ".join(f"{name(case)}: {found.ratio(case, peer):.2f}×" for case in cases)


def raced(found: Measured, cases: Iterable[Case], peer: str) -> list[Case]:
    return [case for case in cases if (case, peer) in found.times]


def absent(what: str, goal: str, peer: str, found: Measured) -> Row:
    return Row(what, goal, f"{peer} was not timed: {found.missing.get(peer, 'it failed')}", None)


def each(
    found: Measured, cases: Sequence[Case], peer: str, what: str, goal: str, row: Callable[[list[Case]], Row]
) -> Row:
    timed = raced(found, cases, peer)
    return row(timed) if timed else absent(what, goal, peer, found)


def against_torch_and_jax(found: Measured) -> list[Row]:
    cases = [case for case in TRAINING if case.cell != "LSTM"]
    what = "training step, RNN and GRU"
    table = []
    for peer in ("torch", "JAX", "Keras"):
        goal = "none set beside Keras" if peer == "Keras" else f"faster than {peer} at every size"

        def slowest(timed: list[Case], peer: str = peer, goal: str = goal) -> Row:
            worst = min(timed, key=lambda case: found.ratio(case, peer))
            row = at_least(what, goal, found.ratio(worst, peer), 1.0, listed(found, timed, peer))
            measured = f"at least {row.measured} ({name(worst)})"
            return Row(what, goal, measured, None if peer == "Keras" else row.met, row.missed_by, row.detail)

        table.append(each(found, cases, peer, what, goal, slowest))
    goal = "geometric mean ≥ 4× torch"
    mean = geometric_mean(found.ratio(case, "torch") for case in raced(found, cases, "torch"))
    return [*table, at_least(what, goal, mean, 4.0)]


def lstm(found: Measured) -> list[Row]:
    cases = raced(found, [case for case in TRAINING if case.cell == "LSTM"], "torch")
    worst = min(cases, key=lambda case: found.ratio(case, "torch"))
    slower = 1 / found.ratio(worst, "torch")
    what = "training step, LSTM"
    never = at_most(what, "never slower than oneDNN by more than 5 %", slower, 1.05, "", listed(found, cases, "torch"))
    mean = geometric_mean(found.ratio(case, "torch") for case in cases)
    return [
        Row(
            what,
            never.goal,
            f"at worst {slower:.2f} of its time ({name(worst)})",
            never.met,
            never.missed_by,
            never.detail,
        ),
        at_least(what, "ahead of oneDNN on the geometric mean", mean, 1.0),
    ]


def arithmetic(found: Measured) -> list[Row]:
    """Batches and single sequences apart: with one sequence, each weight is loaded for a single multiplication."""
    table = []
    for what, single in (("batches", False), ("one sequence", True)):
        times = {
            case: found.median(case, "rnnlab") / seconds
            for case, seconds in found.products.items()
            if (case, "rnnlab") in found.times and (case.B == 1) == single
        }
        worst = max(times, key=lambda case: times[case])
        detail = "; ".join(f"{name(case)}: {ratio:.2f}" for case, ratio in times.items())
        what = f"against arithmetic itself, H ≥ 64, {what}"
        row = at_most(what, "≤ 1.5× its bare products", times[worst], 1.5, "×", detail)
        table.append(Row(what, row.goal, f"at most {row.measured} ({name(worst)})", row.met, row.missed_by, detail))
    return table


def lengths(found: Measured) -> list[Row]:
    what = "variable lengths, drawn from 1…T"
    over = {
        case: found.median(case, "rnnlab") / found.median(case.dense_of_as_many_steps(), "rnnlab")
        for case in raced(found, PACKED, "rnnlab")
    }
    detail = "; ".join(f"{name(case)}: {ratio:.2f}" for case, ratio in over.items())
    table = [at_most(what, "≤ 1.2× a dense batch of as many steps", max(over.values()), 1.2, "×", detail)]
    for cell, wanted in (("LSTM", 10.0), ("GRU", 4.0)):
        cases = raced(found, [case for case in PACKED if case.cell == cell], "torch")
        if cases:
            ratio = min(found.ratio(case, "torch") for case in cases)
            goal = f"≥ {wanted:g}× torch's packed {cell}"
            table.append(at_least(what, goal, ratio, wanted, listed(found, cases, "torch")))
    return table


def wide(found: Measured) -> list[Row]:
    table = []
    for cell in ("GRU", "LSTM"):
        cases = raced(found, [case for case in WIDE if case.cell == cell], "torch")
        ratio = geometric_mean(found.ratio(case, "torch") for case in cases)
        detail = listed(found, cases, "torch")
        table.append(at_least(f"float64, {cell}", "geometric mean ≥ 5× torch", ratio, 5.0, detail))
    return table


def one_step(found: Measured) -> list[Row]:
    return [
        at_least(f"one step at a time, B = 1, {case.cell}", f"≥ 5× a loop of nn.{case.cell}Cell", ratio, 5.0)
        for case in raced(found, STEPS, "torch")
        for ratio in [found.ratio(case, "torch")]
    ]


def trials(found: Measured) -> list[Row]:
    table = []
    for case in raced(found, TRIALS, "torch"):
        wanted = 1.5 if case.cell == "LSTM" else 4.0
        others = found.torch_trials_in_processes.get(case)
        ours = found.median(case, "rnnlab")
        detail = f"{others / ours:.2f}× torch with a process a core" if others else ""
        what = f"30 trials of 10 updates, {case.cell}, H 32, T 100"
        table.append(at_least(what, f"≥ {wanted:g}× a plain torch.nn loop", found.ratio(case, "torch"), wanted, detail))
    return table


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of log value over log size: 1 is proportional."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def memory(found: Measured) -> list[Row]:
    table = []
    for cell in CELLS:
        cases = [case for case in MEMORY if case.cell == cell]
        held = [found.bytes_held[case] for case in cases]
        slope = exponent([case.T for case in cases], held)
        per = (held[-1] - held[0]) / ((cases[-1].T - cases[0].T) * cases[0].B * cases[0].H)
        measured = f"T^{slope:.2f}: {per:.1f} bytes a step, sequence and hidden unit"
        what = f"memory of a training step, {cell}"
        table.append(Row(what, "linear in T", measured, abs(slope - 1) <= 0.1, f"exponent {slope:.2f}"))
    held = [found.bytes_held_in_chunks[case] for case in MEMORY if case.cell == "GRU"]
    same = max(held) == min(held)
    measured = f"{held[0] / 2**20:.2f} … {held[-1] / 2**20:.2f} MiB"
    return [*table, Row("memory of truncated BPTT", "constant in T", measured, same, f"{held[-1] / held[0]:.2f}×")]


def growth(found: Measured) -> list[Row]:
    table = []
    for along, cases in GROWTH.items():
        timed = raced(found, cases, "rnnlab")
        sizes = [products(case) if along == "H" else getattr(case, along) for case in timed]
        slope = exponent(sizes, [found.median(case, "rnnlab") for case in timed])
        goal = "to H as its products" if along == "H" else f"proportional to {along}"
        base = "products" if along == "H" else along
        detail = "; ".join(f"{along} {getattr(c, along)}: {1e3 * found.median(c, 'rnnlab'):.2f} ms" for c in timed)
        # what does not grow (a call's own cost) may hold the slope below 1; above 1 it must not lie
        table.append(Row("growth of time", goal, f"{base}^{slope:.2f}", slope <= 1.1, f"exponent {slope:.2f}", detail))
    return table


def compilation(found: Measured) -> list[Row]:
    table = []
    for cell in CELLS:
        first, later = found.first_use[cell], found.later_use[cell]
        table.append(at_most(f"first use of {cell} on a machine", "≤ 5 s", first, 5.0, " s"))
        table.append(at_most(f"first use of {cell} in a second process", "≤ 0.3 s", later, 0.3, " s"))
    return table


def inference(found: Measured) -> list[Row]:
    table = []
    for peer in ("torch", "ONNX"):
        for cell in CELLS:
            cases = raced(found, [case for case in INFERENCE if case.cell == cell], peer)
            if cases:
                mean = geometric_mean(found.ratio(case, peer) for case in cases)
                measured = f"geometric mean {mean:.2f}× {peer}"
                table.append(Row(f"inference, {cell}", "none set", measured, None, "", listed(found, cases, peer)))
            elif peer in found.missing:
                table.append(absent(f"inference, {cell}", "none set", peer, found))
    return table
