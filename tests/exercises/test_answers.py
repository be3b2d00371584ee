"""Whatever an answer does, the check comes back and says what it was, in a sentence of its own."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from sample_code import STATES, hidden_states
from sample_repair import CARRIED

from rnnlab.errors import InputError
from rnnlab.exercises import check
from rnnlab.exercises.answering import Result, judged
from rnnlab.exercises.exercise import Code
from rnnlab.exercises.judging import judge, standing
from rnnlab.exercises.limits import OutOfTime, within
from rnnlab.exercises.source import edited, is_untouched, stub_of


def report_on(answer: Any, **how: Any) -> str:
    result = judged(STATES, answer, **how)
    assert not result
    return result.report


def raises(*given: Any) -> None:
    raise KeyError("x_t")


def exits(*given: Any) -> None:
    sys.exit(0)


def asks(*given: Any) -> str:
    return input("shape? ")


def in_float32(*given: Any) -> Any:
    return hidden_states(*given).astype(np.float32)


def in_place(x: Any, W_ih: Any, W_hh: Any, b: Any, h0: Any) -> Any:
    states = hidden_states(x, W_ih, W_hh, b, h0)
    x += 1
    h0 *= 2
    return states


def forgetful(*given: Any, seen: list[int] = []) -> Any:  # noqa: B006  the mistake that is meant
    seen.append(1)
    return hidden_states(*given) + (len(seen) == 3)


def one_missing(x: Any, W_ih: Any, W_hh: Any, b: Any) -> Any:
    return x


SENTENCES = {
    "None": (None, "What came is None; what is judged is the function itself"),
    "a number": (3.5, "What came is of type float"),
    "nothing returned": (lambda *given: None, "It returns None. Is a `return` missing"),
    "an exception": (raises, "It raises KeyError: 'x_t'. The line is `raise KeyError(\"x_t\")`."),
    "an exit": (exits, "It raises SystemExit: 0."),
    "a question": (asks, "It raises EOFError"),
    "an argument too few": (
        one_missing,
        "It cannot be called with its 5 arguments, in this order: x, W_ih, W_hh, b, h0",
    ),
    "a text": (lambda *given: "states", "The result is the text 'states'; wanted is an array of shape"),
    "a ragged list": (lambda *given: [[1.0], [1.0, 2.0]], "The result is something of type list"),
    "a tuple": (lambda *given: (1, "two"), "It returns a tuple of 2; wanted is an array"),
    "a shape": (lambda *given: hidden_states(*given)[None], "has shape (1, 1, 1, 1); wanted is (1, 1, 1)"),
    "complex numbers": (lambda *given: hidden_states(*given) + 0j, "holds complex numbers"),
    "float32": (in_float32, "is float32, whose rounding hides small mistakes"),
    "nan": (lambda *given: hidden_states(*given) * np.nan, "holds nan"),
    "its input": (in_place, "it changes its input `x` in place"),
    "a memory": (forgetful, "The same input gives another result the next time"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_an_odd_answer_gets_a_sentence_of_its_own(name: str) -> None:
    answer, sentence = SENTENCES[name]
    assert sentence in report_on(answer)


def test_lists_and_tensors_are_as_good_as_arrays() -> None:
    import torch

    assert judged(STATES, lambda *given: hidden_states(*given).tolist())
    assert judged(STATES, lambda *given: torch.tensor(hidden_states(*given), requires_grad=True))


def test_what_an_answer_prints_is_cut_short_and_told_apart_from_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    def talks(*given: Any) -> Any:
        print("state\n" * 5000)
        print("to stderr", file=sys.stderr)
        return hidden_states(*given)

    result = judged(STATES, talks)
    assert result
    assert "your code printed" in result.report
    assert result.report.count("state") < 10
    assert capsys.readouterr() == ("", "")


def test_the_smallest_failing_input_is_shown_with_ours_and_yours() -> None:
    no_tanh = edited(hidden_states, "np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)", "x_t @ W_ih.T + h @ W_hh.T + b")
    judgement = judge(STATES, no_tanh)
    assert judgement.failure is not None
    assert {np.size(value) for value in judgement.failure.case.values()} == {1}
    text = report_on(no_tanh)
    for piece in (
        "b      = [1.]  shape (1,)",
        "wanted = [[[0.7616]]]",
        "yours  = [[[1.]]]",
        "**Reread** [section 1.1](#one-state)",
    ):
        assert piece in text


DETECTED = {
    "a transposition": lambda states: states.T,
    "a sign": lambda states: -states,
    "a factor: the result is 2 times": lambda states: 2 * states,
    "zeros everywhere": lambda states: 0 * states,
    "the order of the steps": lambda states: states[::-1],
    "one step off": lambda states: np.concatenate([states[:1], states[:-1]]),
    "the beginning": lambda states: np.concatenate([0 * states[:1], states[1:]]),
    "the end": lambda states: np.concatenate([states[:-1], 0 * states[-1:]]),
    "times a length of the input": lambda states: len(states) * states,
}


@pytest.mark.parametrize("name", DETECTED)
def test_a_mistake_that_any_exercise_knows_is_named(name: str) -> None:
    def cases(draw: Any) -> dict[str, Any]:
        return {"x": draw.array(draw.size(5, 3), draw.size(4, 2))}

    def doubled(x: Any) -> Any:
        return x * 2 + 1

    exercise = Code(
        **{
            **{
                field: getattr(STATES, field)
                for field in ("id", "title", "section", "label", "statement", "hints", "why")
            },
            "cases": cases,
            "solution": doubled,
            "reference": doubled,
            "wrong": (),
        }
    )
    report = judged(exercise, lambda x: DETECTED[name](doubled(x))).report
    assert name in report.split("**Likely mistake:**")[1]


def test_an_endless_loop_ends_within_its_limit_in_any_thread() -> None:
    def endless(*given: Any) -> None:
        while True:
            with suppress(Exception):
                time.sleep(0.001)

    began = time.perf_counter()
    assert "It was stopped after 0.1 s" in report_on(endless, seconds=0.1)
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(report_on(endless, seconds=0.1)))
    thread.start()
    thread.join(20)
    assert "It was stopped after 0.1 s" in found[0]
    assert time.perf_counter() - began < 10


def test_a_limit_does_not_strike_where_the_garbage_collector_would_swallow_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swallowed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", swallowed.append)

    def collecting(phase: str, info: dict[str, int]) -> None:
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            pass

    def endless() -> None:
        while True:
            gc.collect(0)

    gc.callbacks.append(collecting)
    try:
        for _ in range(5):
            with pytest.raises(OutOfTime):
                within(0.1, endless)
    finally:
        gc.callbacks.remove(collecting)
    assert swallowed == []


def test_a_limit_gives_back_the_signal_and_the_tracer_it_found() -> None:
    import signal

    before = signal.getsignal(signal.SIGALRM), sys.gettrace()
    with pytest.raises(OutOfTime):
        within(0.05, lambda: [None for _ in iter(int, 1)])
    assert within(5, lambda: 3) == 3
    assert (signal.getsignal(signal.SIGALRM), sys.gettrace()) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_the_same_seed_tries_the_same_inputs_and_another_one_others() -> None:
    def tried(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def answer(*given: Any) -> Any:
            seen.append(b"".join(each.tobytes() for each in given))
            return hidden_states(*given)

        assert standing(STATES, [answer], seed) == (True,)
        return seen

    assert tried(3) == tried(3)
    assert tried(3) != tried(4)


def test_a_stub_that_only_gained_a_comment_is_untouched_and_one_with_an_answer_is_not() -> None:
    names: dict[str, Any] = {}
    exec(stub_of(STATES).replace("...", "# so\n    pass"), names)
    assert is_untouched(STATES, names["hidden_states"])
    assert not is_untouched(STATES, hidden_states)
    exec(stub_of(CARRIED), names)
    assert is_untouched(CARRIED, names["recurrent_gradient"])
    assert not is_untouched(CARRIED, CARRIED.solution)


def test_an_edit_that_does_not_fit_exactly_once_is_refused() -> None:
    with pytest.raises(ValueError, match="'W_hh' occurs 2 times in hidden_states"):
        edited(hidden_states, "W_hh", "W")


def test_an_unknown_exercise_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(InputError, match=r"There is no exercise 1\.99; chapter 1 has 1\.1"):
        check("1.99", None)
    with pytest.raises(InputError, match="named by chapter and number"):
        check("11.1", None)


def test_a_result_is_true_for_a_right_answer_alone_and_says_so() -> None:
    right, wrong = judged(STATES, hidden_states), judged(STATES, raises)
    assert (bool(right), repr(right), right.points) == (True, "<exercise 1.1: right>", 2)
    assert (bool(wrong), repr(wrong), wrong.points) == (False, "<exercise 1.1: not yet right>", 0)
    assert isinstance(right, Result)


def test_finding_an_exercise_imports_its_file_alone_and_listing_them_none() -> None:
    code = (
        "import sys; from rnnlab.exercises import catalogue, ids; assert len(ids()) >= 50;"
        "assert not {'torch', 'pandas', 'numpy', 'hypothesis'} & set(sys.modules), 'listing';"
        "catalogue.find('1.3'); assert not {'torch', 'pandas'} & set(sys.modules), 'finding'"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_import_of_torch_in_an_answer_is_not_on_its_time() -> None:
    program = """
from rnnlab.exercises.calling import call


def answer():
    import torch

    return float(torch.tensor(2.0).square())


outcome = call(answer, {}, 0.2)
print(outcome.value, outcome.late, outcome.error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["4.0", "False", "None"], done.stderr
