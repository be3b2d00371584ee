from __future__ import annotations

import numpy as np
import pytest

from rnnlab.scratch import gradient_check


def cubic() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    arrays = {"a": rng.normal(size=(4, 3)), "b": rng.normal(size=5)}
    return arrays, {name: 3 * value**2 for name, value in arrays.items()}


def loss_of(arrays: dict[str, np.ndarray]) -> float:
    return float(sum((value**3).sum() for value in arrays.values()))


def test_a_right_gradient_has_a_small_error_and_the_arrays_come_back_to_the_bit() -> None:
    arrays, gradients = cubic()
    before = {name: value.copy() for name, value in arrays.items()}
    errors = gradient_check(lambda: loss_of(arrays), arrays, gradients, rng=1)
    assert errors.keys() == arrays.keys()
    assert max(errors.values()) < 1e-8
    for name, value in before.items():
        np.testing.assert_array_equal(arrays[name], value)


@pytest.mark.parametrize(
    "wrong", [lambda g: -g, lambda g: 2 * g, lambda g: 0 * g, lambda g: np.flip(g, axis=0), np.ones_like]
)
def test_a_wrong_gradient_is_named_and_the_right_one_beside_it_is_not(wrong) -> None:
    arrays, gradients = cubic()
    errors = gradient_check(lambda: loss_of(arrays), arrays, gradients | {"a": wrong(gradients["a"])}, rng=1)
    assert errors["a"] > 0.1
    assert errors["b"] < 1e-8


def test_a_single_wrong_element_is_seen() -> None:
    arrays, gradients = cubic()
    gradients["a"][2, 1] += 0.01
    assert gradient_check(lambda: loss_of(arrays), arrays, gradients, rng=1)["a"] > 1e-5


def test_a_gradient_of_zero_that_is_right_has_no_error_and_nan_is_never_small() -> None:
    assert gradient_check(lambda: 1.0, {"a": np.ones(3)}, {"a": np.zeros(3)}, rng=0) == {"a": 0.0}
    assert not gradient_check(lambda: np.nan, {"a": np.ones(3)}, {"a": np.zeros(3)}, rng=0)["a"] < 1


def test_the_arrays_come_back_when_the_loss_raises() -> None:
    arrays, gradients = cubic()
    before = arrays["a"].copy()

    def interrupted() -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gradient_check(interrupted, arrays, gradients, rng=0)
    np.testing.assert_array_equal(arrays["a"], before)


@pytest.mark.parametrize(
    ("array", "gradient"), [(np.ones(3, dtype=np.float32), np.ones(3)), (np.ones(3), np.ones((3, 1)))]
)
def test_float32_or_another_shape_gets_a_sentence(array: np.ndarray, gradient: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a check takes float64"):
        gradient_check(lambda: 0.0, {"a": array}, {"a": gradient}, rng=0)
