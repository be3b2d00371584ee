"""Classifying whole sequences: the language of a surname, whether it is spelled backwards, the digit of an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from rnnlab.data import Digits
from rnnlab.errors import InputError
from rnnlab.tasks.protocol import Int64

if TYPE_CHECKING:
    from torch import Tensor

PADDING = 0
LETTERS = "abcdefghijklmnopqrstuvwxyz '-"  # tokens 1 to 29
LANGUAGES = (
    "Croatian",
    "Dutch",
    "English",
    "Estonian",
    "Finnish",
    "French",
    "German",
    "Greek",
    "Irish",
    "Italian",
    "Russian",
    "Slovak",
    "Spanish",
    "Swedish",
)
_ORDER = 1997  # the seed of the one split that everybody has
_PREFIXES = {"mac", "mag", "mhac", "mhag", "nic", "nig", "ni", "o", "ui", "de", "a"}


@dataclass(frozen=True, eq=False)
class Labelled:
    """Sequences and their classes: `training.fit` takes it as is."""

    inputs: NDArray[Any]  # (N, T) tokens, 0 after the end, or (N, T, I) float32
    targets: Int64  # (N,)
    lengths: Int64  # (N,), how many steps of each sequence are real
    names: tuple[str, ...] = ()  # what was encoded, if it was text

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True, eq=False)
class ClassificationTask:
    """Classes, and labelled sequences in three parts.

    Classes may differ in size, and all count alike: the score is the mean over the classes of the share that is
    recognised (balanced accuracy), the loss weighs a sequence by 1 / (K × its class's share of the training part).
    """

    classes: tuple[str, ...]
    input_size: int  # channels of an input, or the size of the alphabet with PADDING where inputs are tokens
    train: Labelled
    validation: Labelled
    test: Labelled

    every_step = False

    @property
    def output_size(self) -> int:
        """K classes."""
        return len(self.classes)

    @property
    def floor(self) -> float:
        """ln K: on the training part no constant prediction has a smaller loss."""
        return float(np.log(self.output_size))

    @property
    def chance(self) -> float:
        """1/K: the balanced accuracy of every constant prediction."""
        return 1 / self.output_size

    @property
    def weights(self) -> NDArray[np.float64]:
        """What a sequence of each class counts (K,): 1 on average over the training part."""
        counts = np.bincount(self.train.targets, minlength=self.output_size)
        return len(self.train) / (self.output_size * counts)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean of weight × cross-entropy of prediction (B, K), in nats."""
        import torch
        from torch.nn import functional

        weights = torch.as_tensor(self.weights, dtype=prediction.dtype, device=prediction.device)
        return (weights[targets] * functional.cross_entropy(prediction, targets, reduction="none")).mean()

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """Balanced accuracy of logits (N, K): the mean recall of the classes that `targets` (N,) has."""
        told, targets = np.asarray(prediction).argmax(axis=1), np.asarray(targets)
        return float(np.mean([np.mean(told[targets == k] == k) for k in np.unique(targets)]))


def surname_languages(surnames: pd.DataFrame, languages: Sequence[str] = LANGUAGES) -> ClassificationTask:
    """Which language is a surname from? `surnames` is a table as `data.surnames()` gives.

    Inputs (N, T) are tokens of its `letters`: 1 to 29, then 0 to the length T of the longest name. So scripts and
    accents tell nothing. What would make the score mean something else:
    - letters that two of the languages share have no right answer and are left out of both;
    - names of a language that begin with the same four letters (after Irish Mac, Ó, Ní …, and without the h of
      lenition) are one family and go to one part: training on Smirnov does not teach Smirnova;
    - Czech is not among the languages of the default: 200 names, a third of them Slovak ones too.

    Training, validation and test have 80 %, 10 % and 10 % of each language's families, drawn once and for all.
    Fewer than two languages or an unknown one: InputError.
    """
    known = sorted(surnames["language"].unique())
    for language in languages:
        if language not in known:
            raise InputError(f"There are no surnames in {language!r}; the languages are {', '.join(known)}.")
    if len(set(languages)) < 2 or len(set(languages)) < len(languages):
        raise InputError(f"languages is {tuple(languages)}; give two or more different ones.")
    table = surnames[surnames["language"].isin(languages)].drop_duplicates(["language", "letters"])
    table = table[~table["letters"].duplicated(keep=False)]
    classes = tuple(sorted(languages))
    longest = int(table["letters"].str.len().max())
    rng = np.random.default_rng(_ORDER)
    parts: dict[str, list[pd.DataFrame]] = {"train": [], "validation": [], "test": []}
    for language in classes:
        for name, rows in _by_family(table[table["language"] == language], rng).items():
            parts[name].append(rows)
    labelled = {name: _spelt(pd.concat(rows), classes, longest) for name, rows in parts.items()}
    return ClassificationTask(classes, len(LETTERS) + 1, **labelled)


def surname_directions(surnames: pd.DataFrame) -> ClassificationTask:
    """Is this surname spelled backwards? `surnames` is a table as `data.surnames()` gives.

    Inputs as in `surname_languages`, of all languages at once. Every name is there twice, as it is and from its last
    letter to its first, both in one part: the classes are equally large, and each letter comes equally often in both.
    A name that reads the same backwards, or whose reverse is a name too, has no right answer and is left out.

    Training, validation and test have 80 %, 10 % and 10 % of the families, drawn once and for all.
    """
    names = surnames.drop_duplicates("letters")
    names = names[~names["letters"].str[::-1].isin(names["letters"])]
    longest = int(names["letters"].str.len().max())
    classes = ("backwards", "forwards")
    labelled = {}
    for part, rows in _by_family(names, np.random.default_rng(_ORDER)).items():
        spelt = {"forwards": rows["letters"], "backwards": rows["letters"].str[::-1]}
        both = pd.concat([pd.DataFrame({"letters": each, "language": way}) for way, each in spelt.items()])
        labelled[part] = _spelt(both, classes, longest)
    return ClassificationTask(classes, len(LETTERS) + 1, **labelled)


def digit_sequences(digits: Mapping[str, Digits], by: Literal["row", "pixel"] = "row") -> ClassificationTask:
    """Which digit is it? `digits` as `data.digits()` gives them: images (N, height, width).

    by="row": one row a step from the top, inputs (N, height, width). by="pixel": one pixel a step, row after row from
    the upper left, inputs (N, height × width, 1), which for MNIST are the 784 steps of Le, Jaitly and Hinton, 2015.
    InputError: another order.
    """
    if by not in ("row", "pixel"):
        raise InputError(f'by is {by!r}; an image is read by "row" or by "pixel".')
    parts = {}
    for name, part in digits.items():
        inputs = part.images if by == "row" else part.images.reshape(len(part), -1, 1)
        parts[name] = Labelled(inputs, part.labels, np.full(len(part), inputs.shape[1], dtype=np.int64))
    classes = tuple(str(digit) for digit in range(10))
    return ClassificationTask(classes, parts["train"].inputs.shape[2], **parts)


def letter_ngrams(task: ClassificationTask, part: Labelled, longest: int = 3) -> NDArray[np.float64]:
    """Log-probabilities (N, K) from the counts of letter groups of 1 to `longest`, ends marked: naive Bayes.

    What order within the reach of three letters can tell, and what a recurrent net has to beat. All classes have
    the same prior; counts start at 0.1 (Lidstone), since at 1 the many groups never seen drown the few that were.
    McCallum and Nigam, 1998.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    counter = CountVectorizer(analyzer="char", ngram_range=(1, longest), lowercase=False)
    bayes = MultinomialNB(alpha=0.1, class_prior=np.full(task.output_size, task.chance))
    bayes.fit(counter.fit_transform([f"^{name}$" for name in task.train.names]), task.train.targets)
    log_p: NDArray[np.float64] = bayes.predict_log_proba(counter.transform([f"^{name}$" for name in part.names]))
    return log_p


def whole_image(task: ClassificationTask, part: Labelled) -> NDArray[np.float64]:
    """Log-probabilities (N, K) from a linear classifier that sees all pixels at once (ridge of 1 on the weights).

    A recurrent net that reads the image in pieces has done nothing yet until it does better.
    """
    from sklearn.linear_model import LogisticRegression

    linear = LogisticRegression(C=1.0, max_iter=200, tol=1e-3)
    linear.fit(task.train.inputs.reshape(len(task.train), -1), task.train.targets)
    log_p: NDArray[np.float64] = linear.predict_log_proba(part.inputs.reshape(len(part), -1))
    return log_p


def _family(letters: str) -> str:
    """The first four letters of a surname's stem; the stem is its last word, prefixes and h left out."""
    words = [word for word in letters.split() if word not in _PREFIXES] or letters.split()
    return words[-1].replace("h", "")[:4]


def _by_family(table: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """80 %, 10 % and 10 % of the families, drawn by `rng`."""
    family = table["letters"].map(_family)
    drawn = rng.permutation(np.sort(family.unique()))
    tenth = max(1, round(len(drawn) / 10))
    cuts = np.split(drawn, [len(drawn) - 2 * tenth, len(drawn) - tenth])
    return {name: table[family.isin(cut)] for name, cut in zip(("train", "validation", "test"), cuts, strict=True)}


def _spelt(table: pd.DataFrame, classes: Sequence[str], longest: int) -> Labelled:
    token = {letter: number for number, letter in enumerate(LETTERS, start=1)}
    inputs = np.full((len(table), longest), PADDING, dtype=np.int64)
    for row, letters in enumerate(table["letters"]):
        inputs[row, : len(letters)] = [token[letter] for letter in letters]
    targets = np.searchsorted(np.array(classes), table["language"].to_numpy(str)).astype(np.int64)
    return Labelled(inputs, targets, (inputs != PADDING).sum(axis=1), tuple(table["letters"]))
