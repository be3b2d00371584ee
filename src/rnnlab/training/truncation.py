"""Truncated backpropagation through time: long series read from left to right, an update for every few steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.tasks.losses import squared_error
from rnnlab.training.batching import Batches, Examples, Fixed, Generated, as_tensor, chunks
from rnnlab.training.evaluation import CHUNK, Loss, evaluating, where
from rnnlab.training.loop import Run, prepared, train
from rnnlab.training.objective import digests
from rnnlab.training.precision import Precision
from rnnlab.training.settings import Settings

State = Any  # as the model's core gives it: a tensor, a tuple of tensors, or None for zeros


@runtime_checkable
class Carrying(Protocol):
    """A model that can go on where it stopped, as a `Reader` with a recurrent core can."""

    def carry(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        """Predictions (B, T, …) for x (B, T, …), read from `state` on, and the state after the last step."""


class Segment(NamedTuple):
    """Steps start … end are read from the carried state, and those from `done` on are scored.

    `following` is where the next segment starts.
    """

    start: int
    done: int
    end: int
    following: int


def segments(T: int, k1: int, k2: int) -> Iterator[Segment]:
    """The segments of T steps: a gradient for every k1 of them, reaching k2 steps back."""
    start = 0
    for done in range(0, T, k1):
        end = min(done + k1, T)
        following = max(0, min(end + k1, T) - k2)
        yield Segment(start, done, end, following)
        start = following


def fit_truncated(
    model: nn.Module,
    data: Examples | Generated,
    validation: Examples | None = None,
    *,
    k1: int,
    k2: int | None = None,
    loss: Loss = squared_error,
    settings: Settings | None = None,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
    progress: bool = False,
) -> Run:
    """Trains as `fit` does, but an update takes k1 steps of a long series and follows them k2 steps back.

        g_e = Σ_{t=d(e)+1}^{e}  Σ_{s=max(1, e-k2+1)}^{t}  ∂L_t/∂h_t · ∂h_t/∂h_s · ∂⁺h_s/∂θ    (7.5)

    `data` have a target for each step: inputs (N, T, …), targets (N, T, …). A batch of `batch_size` series is read from
    left to right in ceil(T/k1) updates, the state carried from one to the next without its gradient; then comes the
    next batch, from state zero. Where the data are no more series than `batch_size`, as a text in rows is, they are
    read again and again. k2 None is k1: cut into chunks and carry the state. With k2 > k1 the steps before are read
    again, with the weights of the moment, and not scored again. Memory grows with k2, not with T.

    `model` has `carry` (see `Carrying`). `validation` is read with its state carried over its whole length.

    Errors: as `fit`; InputError for k1 and k2 that do not fit, for a model without `carry`, for targets that are not
    one a step.  Williams and Peng, 1990, whose BPTT(h; h') has h = k2 and h' = k1.
    """
    settings = settings or Settings()
    precision = prepared(model, settings, device)
    objective = Segments(model, data, validation, k1, k1 if k2 is None else k2, loss, settings, precision)
    return train(model, objective, settings, precision, checkpoint=checkpoint, progress=progress)


class Segments:
    """The objective of `fit_truncated`: each update takes the next segment, and leaves the state for the one after."""

    def __init__(
        self,
        model: nn.Module,
        data: Examples | Generated,
        validation: Examples | None,
        k1: int,
        k2: int,
        loss: Loss,
        settings: Settings,
        precision: Precision,
    ) -> None:
        _check(model, k1, k2)
        self.model, self.validation, self.loss, self.precision = model, validation, loss, precision
        self.k1, self.k2 = k1, k2
        device, dtype = where(model)
        self.batches = Batches(data, settings.batch_size, settings.seed, device=device, dtype=dtype)
        self._reading, self._place = 0, 0  # which batch is being read, and the number of the segment in it
        self._series: tuple[Tensor, Tensor] | None = None
        self._segments: list[Segment] = []
        self._state: State = None

    @property
    def validated(self) -> bool:
        """Whether there are series to validate on."""
        return self.validation is not None

    def error(self, update: int) -> Tensor:
        """The mean loss over the scored steps of the next segment."""
        if self._series is None:
            self._series = _stepwise(*self.batches[self._reading])
            self._segments = list(segments(self._series[0].shape[1], self.k1, self.k2))
        inputs, targets = self._series
        segment = self._segments[self._place]
        prediction, self._state = _through(self.model, inputs, self._state, segment, self.precision)
        self._place += 1
        if segment is self._segments[-1]:
            self._reading, self._place, self._series, self._state = self._reading + 1, 0, None, None
        return self.loss(prediction, targets[:, segment.done : segment.end])

    def score(self) -> float:
        """The mean loss over the validation series, the state carried."""
        assert self.validation is not None
        return carried_loss(self.model, self.validation, self.loss)

    def identity(self) -> dict[str, Any]:
        """k1, k2 and the first series."""
        return {"k1": self.k1, "k2": self.k2, **digests(self.batches, self.validation)}

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The carried state, and where in the data it belongs."""
        parts = () if self._state is None else self._state if isinstance(self._state, tuple) else (self._state,)
        facts = {"reading": self._reading, "segment": self._place, "tuple": isinstance(self._state, tuple)}
        return {str(i): part for i, part in enumerate(parts)}, facts

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Puts `state` back."""
        parts = tuple(tensors[str(i)].to(self.batches.device) for i in range(len(tensors)))
        self._state = parts if facts["tuple"] else parts[0] if parts else None
        self._reading, self._place, self._series = facts["reading"], facts["segment"], None


def carried_loss(model: nn.Module, data: Examples, loss: Loss = squared_error) -> float:
    """`loss` over all steps of long series, each counted once; every series is read from state zero to its end."""
    device, dtype = where(model)
    total, count = 0.0, 0
    with evaluating(model):
        for series in chunks(data, CHUNK, device=device, dtype=dtype):
            inputs, targets = _stepwise(*series)
            state: State = None
            for start in range(0, inputs.shape[1], CHUNK):
                part = slice(start, start + CHUNK)
                prediction, state = model.carry(inputs[:, part], state)  # type: ignore[operator]  # see Carrying
                steps = prediction.shape[0] * prediction.shape[1]
                total, count = total + float(loss(prediction, targets[:, part])) * steps, count + steps
    return total / count


def truncated_gradient(
    model: nn.Module, inputs: Any, targets: Any, k1: int, k2: int | None = None, *, loss: Loss = squared_error
) -> dict[str, Tensor]:
    """Σ_e g_e of (7.5) at the weights as they are, by the parameters' names: what k1 and k2 leave of the gradient.

    Each segment counts as its share of the steps, so that with k2 ≥ T this is the gradient of the mean loss, in full.
    The parameters' own .grad is left alone. inputs (B, T, …), targets (B, T, …).
    """
    _check(model, k1, k2 := k1 if k2 is None else k2)
    device, dtype = where(model)
    x, y = _stepwise(*(as_tensor(np.asarray(array), device, dtype) for array in (inputs, targets)))
    T, state = x.shape[1], None
    parameters = dict(model.named_parameters())
    total = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    precision = Precision("full", device, dtype)
    for segment in segments(T, k1, k2):
        prediction, state = _through(model, x, state, segment, precision)
        error = loss(prediction, y[:, segment.done : segment.end])
        found = torch.autograd.grad(error, list(parameters.values()), allow_unused=True)
        for name, gradient in zip(parameters, found, strict=True):
            if gradient is not None:
                total[name] += gradient * ((segment.end - segment.done) / T)
    return total


def side_by_side(chunks: Iterable[tuple[Any, Any]]) -> Fixed:
    """Long series out of the chunks of one text (`Text.chunks`): (rows, length) pairs joined along time again."""
    inputs, targets = zip(*chunks, strict=True)
    return Fixed(np.concatenate(inputs, axis=1), np.concatenate(targets, axis=1))


def _through(model: Any, inputs: Tensor, state: State, segment: Segment, precision: Precision) -> tuple[Tensor, State]:
    """Predictions for the scored steps of a segment, and the state from which the next one starts."""
    start, done, end, following = segment
    pieces = []
    if start < following:
        prediction, state = precision.run(model.carry, inputs[:, start:following], state)
        pieces.append(prediction)
    kept = _detached(state)
    if following < end:
        prediction, _ = precision.run(model.carry, inputs[:, following:end], state)
        pieces.append(prediction)
    return (pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=1))[:, done - start :], kept


def _detached(state: State) -> State:
    if isinstance(state, tuple):
        return tuple(part.detach() for part in state)
    return None if state is None else state.detach()


def _check(model: Any, k1: int, k2: int) -> None:
    if not isinstance(model, Carrying):
        raise InputError(
            f"{type(model).__name__} has no carry(x, state), and truncation carries the state from one segment to the "
            f"next; train a Reader with a recurrent cell, or give your model that method."
        )
    if not 1 <= k1 <= k2:
        raise InputError(
            f"k1 is {k1} and k2 is {k2}; truncation takes 1 <= k1 <= k2: an update for every k1 steps, reaching k2 "
            f"steps back, at least over the steps that it scores."
        )


def _stepwise(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    if inputs.ndim < 2 or targets.shape[:2] != inputs.shape[:2]:
        raise InputError(
            f"The inputs are {tuple(inputs.shape)} and the targets {tuple(targets.shape)}; truncation takes series "
            f"with a target for each step: (N, T, …) both."
        )
    return inputs, targets
