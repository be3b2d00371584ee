from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from rnnlab.errors import InputError
from rnnlab.training import Settings

FIELDS = dataclasses.fields(Settings)
NEVER = ["3", math.nan, math.inf, -1, True, [1]]
WHOLE = {"updates", "batch_size", "evaluate_every", "patience", "seed"}
OPTIONAL = {"clip_norm", "goal", "patience"}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_setting_has_a_help_text_and_refuses_wrong_values_with_it(field: dataclasses.Field[object]) -> None:
    assert len(field.metadata["help"]) > 10
    bad = [*NEVER, *([2.5] if field.name in WHOLE else []), *([] if field.name in OPTIONAL else [None])]
    bad += [] if field.name == "seed" else [0]
    for value in bad:
        with pytest.raises(InputError) as caught:
            Settings(**{field.name: value})
        text = str(caught.value)
        assert text.startswith(f"{field.name} is {value!r}; ") and field.metadata["wanted"] in text


def test_numbers_of_numpy_become_pythons_own() -> None:
    settings = Settings(updates=np.int64(5), learning_rate=np.float32(0.5), clip_norm=None)  # type: ignore[arg-type]
    assert type(settings.updates) is int and type(settings.learning_rate) is float and settings.clip_norm is None


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().seed = 3  # type: ignore[misc]  # that is the point
