"""What a network is asked to do, one task a file."""

from rnnlab.tasks.adding import Adding
from rnnlab.tasks.classification import (
    ClassificationTask,
    Labelled,
    digit_sequences,
    letter_ngrams,
    surname_directions,
    surname_languages,
    whole_image,
)
from rnnlab.tasks.copying import Copying
from rnnlab.tasks.forecasting import ForecastingTask, folds, forecasting
from rnnlab.tasks.language import LanguageTask, Text, bits_per_character, language, sample
from rnnlab.tasks.memorising import Memorising, memorising
from rnnlab.tasks.ngram import NGram
from rnnlab.tasks.parity import Parity
from rnnlab.tasks.protocol import GeneratedTask
from rnnlab.tasks.recall import AssociativeRecall
from rnnlab.tasks.solution import Solution
from rnnlab.tasks.temporal_order import TemporalOrder
from rnnlab.tasks.windows import Scaler, Windows

__all__ = [
    "Adding",
    "AssociativeRecall",
    "ClassificationTask",
    "Copying",
    "ForecastingTask",
    "GeneratedTask",
    "Labelled",
    "LanguageTask",
    "Memorising",
    "NGram",
    "Parity",
    "Scaler",
    "Solution",
    "TemporalOrder",
    "Text",
    "Windows",
    "bits_per_character",
    "digit_sequences",
    "folds",
    "forecasting",
    "language",
    "letter_ngrams",
    "memorising",
    "sample",
    "surname_directions",
    "surname_languages",
    "whole_image",
]
