"""Character language modelling: the next character of a speech from all that came before it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError
from rnnlab.tasks.losses import cross_entropy
from rnnlab.tasks.protocol import Int64

if TYPE_CHECKING:
    from torch import Tensor

UNKNOWN, END = "\N{REPLACEMENT CHARACTER}", "\N{SYMBOL FOR END OF TEXT}"  # tokens 0 and 1 of every alphabet
Step = Callable[[int, Any], tuple[ArrayLike, Any]]


@dataclass(frozen=True, eq=False)
class Text:
    """Speeches one after the other, each closed by END, as tokens (N,)."""

    tokens: Int64
    speeches: tuple[str, ...]
    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def unknown(self) -> float:
        """The share of characters that the alphabet does not have."""
        return float(np.mean(self.tokens == 0))

    def excerpts(self, length: int) -> tuple[Int64, Int64]:
        """All of it, cut into inputs and targets (N, length), the targets one character further: to validate on.

        InputError if there is not one excerpt.
        """
        return next(self.chunks(max(1, (len(self.tokens) - 1) // max(length, 1)), length))

    def chunks(self, rows: int, length: int) -> Iterator[tuple[Int64, Int64]]:
        """Inputs and targets (rows, length), the targets one character further; row b goes on where it stopped.

        So a model that carries its state from one chunk to the next (truncated backpropagation through time) reads
        `rows` long texts from left to right. Each is 1/rows of the tokens; what does not fill a last chunk is left
        out. InputError if there is not one chunk.
        """
        _positive(rows=rows, length=length)
        each = (len(self.tokens) - 1) // rows
        if each < length:
            raise InputError(
                f"{len(self.tokens):,} characters do not make {rows} rows of {length} and one more; "
                f"give fewer rows, or a length of at most {each}."
            )
        inputs = self.tokens[: rows * each].reshape(rows, each)
        targets = self.tokens[1 : rows * each + 1].reshape(rows, each)
        for start in range(0, each - length + 1, length):
            yield inputs[:, start : start + length], targets[:, start : start + length]


@dataclass(frozen=True, eq=False)
class LanguageTask:
    """An alphabet, and speeches in three parts that follow one another in time.

    `batch` draws excerpts of the training part, for a model that starts each from an empty state; `train.chunks` gives
    the same text in order, for one that carries its state. Inputs and targets are tokens (B, T), predictions logits
    (B, T, V). The loss is in nats; a character costs loss / ln 2 bits.
    """

    alphabet: tuple[str, ...]
    length: int  # of the excerpts that `batch` draws
    train: Text
    validation: Text
    test: Text

    every_step = True

    @property
    def input_size(self) -> int:
        """V, the size of the alphabet with UNKNOWN and END."""
        return len(self.alphabet)

    output_size = input_size

    @property
    def floor(self) -> float:
        """The cross-entropy, in nats, of the training part's character frequencies on the test part: no context."""
        frequency = np.bincount(self.train.tokens, minlength=self.input_size) + 1  # one more each: never zero
        return float(-np.log(frequency / frequency.sum())[self.test.tokens].mean())

    @property
    def chance(self) -> float:
        """The share of the training part's commonest character among the test part's."""
        return float(np.mean(self.test.tokens == np.bincount(self.train.tokens).argmax()))

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Int64, Int64]:
        """Excerpts of the training part from anywhere in it: inputs and targets (size, length)."""
        return _excerpts(self.train.tokens, size, self.length, rng)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of prediction (B, T, V), in nats a character."""
        return cross_entropy(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of characters that have the largest logit."""
        return float(np.mean(np.asarray(prediction).argmax(axis=2) == np.asarray(targets)))

    def encode(self, text: str) -> Int64:
        """Tokens (N,) of a text; 0 for a character that the alphabet does not have."""
        return np.array([self._token.get(character, 0) for character in text], dtype=np.int64)

    def decode(self, tokens: ArrayLike) -> str:
        """The text of tokens (N,)."""
        return "".join(self.alphabet[token] for token in np.asarray(tokens).tolist())

    @cached_property
    def _token(self) -> dict[str, int]:
        return {character: token for token, character in enumerate(self.alphabet)}


def language(
    speeches: pd.DataFrame, *, train_until: str, validation_until: str, length: int = 100, rarest: int = 100
) -> LanguageTask:
    """Speeches (a table with `date` and `text`, as `data.speeches()` gives) split by date.

    Training has what was said before `train_until` ("1990"), validation what was said from there to before
    `validation_until`, test the rest. The alphabet comes from the training part alone: its characters that occur
    `rarest` times or more, in the order of their code points, after UNKNOWN, which stands for every other one, and
    END. A part without a speech, or training shorter than an excerpt: InputError.
    """
    _positive(length=length, rarest=rarest)
    dates = pd.DatetimeIndex(speeches["date"])
    cuts = (_date(train_until), _date(validation_until))
    if cuts[0] >= cuts[1]:
        raise InputError(f"Training ends {cuts[0].date()} and validation {cuts[1].date()}; give the later one second.")
    part = np.sum([dates >= cut for cut in cuts], axis=0)
    names = ("training", "validation", "test")
    for k, name in enumerate(names):
        if not (part == k).any():
            raise InputError(
                f"No speech is left for {name}; the dates run from {dates.min().date()} to {dates.max().date()}, "
                f"the cuts are {cuts[0].date()} and {cuts[1].date()}."
            )
    seen = Counter("".join(speeches["text"][part == 0]))
    alphabet = (UNKNOWN, END, *sorted(character for character, times in seen.items() if times >= rarest))
    parts = [_text(speeches[part == k].sort_values("date", kind="stable"), alphabet) for k in range(3)]
    if len(parts[0].tokens) <= length:
        raise InputError(f"Training has {len(parts[0].tokens)} characters; an excerpt of {length} needs one more.")
    return LanguageTask(alphabet, length, *parts)


def bits_per_character(
    predict: Callable[[Int64, Any], tuple[ArrayLike, Any]], text: Text, *, rows: int = 32, length: int = 200
) -> float:
    """Bits a character of `text` costs a model that carries its state from chunk to chunk.

    `predict(inputs (B, T), state)` gives logits (B, T, V), an array or a tensor without gradient, and the state after
    them; the first state is None. The text is read in `rows` rows side by side, of which the first characters alone
    are read without what came before.
    """
    nats, count, state = 0.0, 0, None
    for inputs, targets in text.chunks(rows, length):
        logits, state = predict(inputs, state)
        nats -= float(np.take_along_axis(_log_softmax(logits), targets[..., None], axis=-1).sum())
        count += targets.size
    return nats / count / math.log(2)


def sample(
    step: Step,
    task: LanguageTask,
    *,
    prompt: str = "\n",
    characters: int = 500,
    temperature: float = 1.0,
    rng: np.random.Generator,
) -> str:
    """`characters` more after `prompt`, each drawn from softmax(logits / temperature) and fed back.

    `step(token, state)` gives the logits (V,) of what comes next and the new state; the first state is None. A
    temperature below 1 favours what is likely anyway; 0 takes the likeliest. UNKNOWN is never drawn; drawing stops
    after END. The prompt is not part of the result. InputError: an empty prompt, a negative temperature.
    """
    if not prompt:
        raise InputError('prompt is empty; a model predicts from what it has read: give a character, such as "\\n".')
    if not 0 <= temperature < math.inf:
        raise InputError(f"temperature is {temperature}; give 0 (always the likeliest) or more.")
    state: Any = None
    for token in task.encode(prompt).tolist():
        logits, state = step(token, state)
    drawn: list[int] = []
    while len(drawn) < characters and drawn[-1:] != [task.encode(END)[0]]:
        drawn.append(_draw(np.asarray(logits, dtype=np.float64), temperature, rng))
        logits, state = step(drawn[-1], state)
    return task.decode(drawn)


def _date(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(text)
    except ValueError:
        raise InputError(f'{text!r} is no date; give one such as "1990" or "1990-07-01".') from None


def _draw(logits: NDArray[np.float64], temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(logits[1:].argmax()) + 1
    p = np.exp(_log_softmax(logits[1:] / temperature))
    return int(rng.choice(len(p), p=p / p.sum())) + 1


def _text(table: pd.DataFrame, alphabet: Sequence[str]) -> Text:
    """The texts of a table as tokens, by a table from code point to token."""
    text = "".join(speech + END for speech in table["text"])
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    lookup = np.zeros(max(int(points.max()), *map(ord, alphabet)) + 1, dtype=np.int64)
    lookup[[ord(character) for character in alphabet]] = np.arange(len(alphabet))
    return Text(lookup[points], tuple(map(str, table.index)), table["date"].iloc[0], table["date"].iloc[-1])


def _excerpts(tokens: Int64, size: int, length: int, rng: np.random.Generator) -> tuple[Int64, Int64]:
    start = rng.integers(len(tokens) - length, size=size)
    excerpt = tokens[start[:, None] + np.arange(length + 1)]
    return excerpt[:, :-1], excerpt[:, 1:]


def _log_softmax(logits: ArrayLike) -> NDArray[np.float64]:
    z = np.asarray(logits, dtype=np.float64)
    z = z - z.max(axis=-1, keepdims=True)
    log_p: NDArray[np.float64] = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return log_p


def _positive(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise InputError(f"{name} is {number}; give 1 or more.")
