"""Packing by hand: at every step, only the sequences that are still running."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


class Meter:
    """One step of an Elman network that counts: `calls` of it, and the `rows` that it was given."""

    def __init__(self, W_ih: Any, W_hh: Any, calls: int, rows: int) -> None:
        self.W_ih, self.W_hh, self.allowed = W_ih, W_hh, (calls, rows)
        self.calls = self.rows = 0
        self.__name__ = f"step, for at most {calls} calls and {rows} rows in all"

    def __call__(self, x: Any, h: Any) -> Any:
        """The states (n, H) after inputs x (n, I); RuntimeError for a call or a row more than needed."""
        calls, rows = self.allowed
        self.calls, self.rows = self.calls + 1, self.rows + len(x)
        if self.calls > calls:
            raise RuntimeError(
                f"step was called more than {calls} times; the longest sequence has {calls} steps, and all that are running take each step together."
            )
        if self.rows > rows:
            raise RuntimeError(
                f"step was given more than {rows} rows in all, the real steps of the batch: a sequence that has ended takes no part any more."
            )
        return np.tanh(x @ self.W_ih.T + h @ self.W_hh.T + 0.3)


def cases(draw: Draw) -> dict[str, Any]:
    I, H = draw.size(2), draw.size(3)
    sequences = [draw.array(draw.size(4), I) for _ in range(draw.size(4))]
    lengths = [len(x) for x in sequences]
    return {
        "step": Meter(draw.array(H, I), draw.array(H, H), max(lengths), sum(lengths)),
        "sequences": sequences,
        "hidden_size": H,
    }


def packed_states(step, sequences, hidden_size):
    """The last states (B, H) of sequences (T_b, I), by step(x, h)."""
    lengths = np.array([len(x) for x in sequences])
    h = np.zeros((len(sequences), hidden_size))
    for t in range(lengths.max()):
        running = np.flatnonzero(lengths > t)
        x = np.array([sequences[b][t] for b in running])
        h[running] = step(x, h[running])
    return h


def sorted_first(step, sequences, hidden_size):
    """As torch packs: the longest first, so that those running are always the first rows."""
    order = np.argsort([-len(x) for x in sequences], kind="stable")
    lengths = np.array([len(sequences[b]) for b in order])
    h = np.zeros((len(sequences), hidden_size))
    for t in range(lengths[0]):
        n = np.sum(lengths > t)
        h[:n] = step(np.array([sequences[b][t] for b in order[:n]]), h[:n])
    last = np.empty_like(h)
    last[order] = h
    return last


def one_after_another(step: Any, sequences: Any, hidden_size: int) -> Any:
    """Each sequence alone, with the weights of the step and none of its counting."""
    last = np.zeros((len(sequences), hidden_size))
    for b, x in enumerate(sequences):
        for x_t in x:
            last[b] = np.tanh(step.W_ih @ x_t + step.W_hh @ last[b] + 0.3)
    return last


def rectangle(step, sequences, hidden_size):
    lengths = np.array([len(x) for x in sequences])
    batch = np.zeros((lengths.max(), len(sequences), sequences[0].shape[1]))
    for b, x in enumerate(sequences):
        batch[: len(x), b] = x
    h = np.zeros((len(sequences), hidden_size))
    for t in range(len(batch)):
        h = np.where((lengths > t)[:, None], step(batch[t], h), h)
    return h


def singly(step, sequences, hidden_size):
    last = np.zeros((len(sequences), hidden_size))
    for b, x in enumerate(sequences):
        for x_t in x:
            last[b : b + 1] = step(x_t[None], last[b : b + 1])
    return last


EXERCISE = Code(
    id="7.2",
    title="Pack it yourself",
    section="7.3",
    label="padding",
    points=3,
    statement=r"""
Three sequences of 4, 1 and 2 steps: a rectangle computes 12 steps, and 7 are real. Packing computes 7, in four calls: three rows, then two, then one, then one.

Write `packed_states(step, sequences, hidden_size)`: the last states `(B, H)` of the sequences, a list of arrays `(T_b, I)`, each from state zero, in the order in which they came.
`step(x, h)` takes inputs `(n, I)` and the states before them `(n, H)` and returns the states after them; any `n` will do. It counts, and refuses more calls than the
longest sequence has steps, and more rows than there are real steps.
""",
    hints=(
        "At step `t`, which sequences take part? Those with more than `t` steps. All of them together are one call.",
        "Keep one row of state for each sequence. Step only the rows that are running and write them back where they came from; the others stay as they are, so that at the "
        "end every row is the state in which its sequence ended.",
        "`running = np.flatnonzero(lengths > t)`, then `x = np.array([sequences[b][t] for b in running])` and `h[running] = step(x, h[running])`, for `t` in `range(lengths.max())`. "
        "Return `h`.",
    ),
    why=r"""
Steps of one sequence wait for each other, sequences do not: so the number of calls is the longest length, and the number of rows need be no more than what is real. torch sorts the longest first, to have the
running rows always in front, where a slice will do instead of a gather; and puts the order back at the end. Either way a sequence that has ended is left alone, and nothing has to be masked. What packing costs
is in the same lines: a small product for each step, with ever fewer rows, where a rectangle makes equal ones that a fused kernel likes better. Section 7.3 measures who wins.
""",
    cases=cases,
    solution=packed_states,
    reference=one_after_another,
    also_right=(sorted_first,),
    wrong=(
        Wrong(
            rectangle,
            "the rectangle in disguise: the padded rows are computed and thrown away, so nothing is saved. Give step only the rows that are running.",
        ),
        Wrong(
            singly,
            "one sequence after another: no row is wasted, but all that are running could take each step in one call.",
        ),
        Wrong(
            edited(sorted_first, "last[order] = h", "last[:] = h"),
            "the order is not put back: sorted by length, the states come out in the order of the sorting. last[order] = h returns each to its place.",
        ),
        Wrong(
            edited(packed_states, "range(lengths.max())", "range(lengths.min())"),
            "all stop with the shortest: the loop has to go on to the longest length, with fewer and fewer rows.",
        ),
        Wrong(
            edited(packed_states, "step(x, h[running])", "step(x, 0 * h[running])"),
            "the state is not carried: every step starts from zero, so only the last input of a sequence counts.",
        ),
    ),
)
