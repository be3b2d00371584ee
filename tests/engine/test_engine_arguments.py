"""What does not fit is refused in a sentence that says what came and what was wanted; compiled code finds a folder."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference_cells import case

from rnnlab import engine
from rnnlab.engine import compiled


def changed(**changes: Any) -> dict[str, Any]:
    one = case("gru", 7, 4, 3, 5)
    names = ("w_ih", "w_hh", "b_ih", "b_hh")
    return {"x": one.x, "h0": one.states[0], **dict(zip(names, one.weights, strict=True))} | changes


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"x": np.zeros((7, 4, 3), np.int64)}, TypeError, "computes in float32 or float64"),
        ({"x": np.zeros((7, 4, 3), np.float32)}, TypeError, "takes one type"),
        ({"x": np.zeros(7)}, ValueError, r"A single series of length T is x\[:, None, None\]"),
        ({"x": np.zeros((7, 4, 2))}, ValueError, r"w_ih has shape \(15, 3\).*takes \(15, 2\)"),
        ({"h0": np.zeros((3, 5))}, ValueError, r"h0 has shape \(3, 5\).*takes \(4, 5\)"),
        ({"w_hh": np.zeros((14, 5))}, ValueError, r"takes \(3·H, H\)"),
        ({"b_hh": None}, ValueError, "Only one of b_ih and b_hh"),
        ({"b_hh": np.zeros(5)}, ValueError, r"b_hh has shape \(5,\).*takes \(15,\)"),
        ({"lengths": np.array([7, 7, 7])}, ValueError, "wanted are 4 integers"),
        ({"lengths": np.array([7.0, 7, 7, 7])}, ValueError, "wanted are 4 integers"),
        ({"lengths": np.array([7, 0, 7, 7])}, ValueError, "Leave empty sequences out"),
        ({"lengths": np.array([7, -2, 7, 7])}, ValueError, "lengths go from -2 to 7"),
        ({"lengths": np.array([7, 8, 7, 7])}, ValueError, "x has 7 steps"),
        ({"batch_sizes": np.array([4, 3])}, ValueError, r"x has shape \(7, 4, 3\); .*takes packed rows \(N, I\)"),
        ({"x": np.zeros((7, 3)), "batch_sizes": np.array([4, 2])}, ValueError, "with the sum 7"),
        ({"x": np.zeros((7, 3)), "batch_sizes": np.array([3, 4])}, ValueError, "none larger than the one before"),
        ({"x": np.zeros((7, 3)), "batch_sizes": np.array([4, 3, 0])}, ValueError, "one positive integer for each"),
        ({"x": np.zeros((7, 3)), "batch_sizes": np.array([4.0, 3.0])}, ValueError, "batch_sizes is float64"),
        ({"x": np.zeros((7, 3)), "batch_sizes": np.array([], int)}, ValueError, "one positive integer"),
        (
            {"x": np.zeros((7, 3)), "batch_sizes": np.array([5, 2])},
            ValueError,
            r"h0 has shape \(4, 5\).*takes \(5, 5\)",
        ),
        (
            {"x": np.zeros((7, 3)), "batch_sizes": np.array([4, 3]), "lengths": np.array([2, 2, 2, 1])},
            ValueError,
            "pass one",
        ),
        ({"out": np.zeros((7, 4, 6))}, ValueError, "Without out= a new array is made"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    changes: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        engine.gru.forward(**changed(**changes))


def test_an_unknown_nonlinearity_is_refused() -> None:
    one = case("tanh")
    with pytest.raises(ValueError, match="knows 'tanh' and 'relu'"):
        engine.elman.forward(one.x, *one.states, *one.weights, nonlinearity="sigmoid")


def test_a_cotangent_of_the_wrong_shape_is_refused() -> None:
    arguments = changed()
    outputs, _, saved = engine.gru.forward(**arguments)
    with pytest.raises(ValueError, match="backward takes one for what forward gave"):
        engine.gru.backward(outputs[:-1], None, outputs=outputs, saved=saved, **arguments)


def test_compiled_code_goes_to_the_first_folder_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_text("")
    monkeypatch.setattr(compiled, "_folder", None)
    monkeypatch.setattr(compiled, "_candidates", lambda: [not_a_folder / "a", tmp_path / "b", tmp_path / "c"])
    assert compiled.cache_folder() == str(tmp_path / "b")
    assert not (tmp_path / "c").exists()


def test_without_any_folder_one_warning_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_text("")
    monkeypatch.setattr(compiled, "_folder", None)
    monkeypatch.setattr(compiled, "_candidates", lambda: [not_a_folder / "a"])
    with pytest.warns(RuntimeWarning, match="Set NUMBA_CACHE_DIR"):
        assert compiled.cache_folder() == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled.cache_folder() == ""


def test_a_folder_named_by_the_user_is_taken(tmp_path: Path) -> None:
    program = "from rnnlab.engine.compiled import cache_folder; print(cache_folder())"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True, timeout=120
    )
    assert Path(said.stdout.strip()).parent == tmp_path
