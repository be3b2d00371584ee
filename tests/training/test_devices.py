from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
import torch
from sequences import Summer, examples

from rnnlab.errors import InputError
from rnnlab.training import Settings, finish, fit, initialise, pick
from rnnlab.training.devices import DEVICES, REMEDY, available, half

HERE = [kind for kind in DEVICES if available(kind)]


def test_auto_takes_an_accelerator_if_there_is_one_and_says_why() -> None:
    choice = pick()
    assert choice.device.type in HERE
    assert (choice.device.type == "cpu") == (HERE == ["cpu"])
    if HERE == ["cpu"]:
        assert str(choice) == "cpu: no accelerator is here"


def test_the_cpu_is_always_here() -> None:
    assert pick("cpu").device == torch.device("cpu") and str(pick("cpu")) == "cpu: asked for; the processor"


@pytest.mark.parametrize("kind", [kind for kind in DEVICES if kind not in HERE])
def test_a_device_that_is_not_here_is_refused_with_its_remedy(kind: str) -> None:
    with pytest.raises(InputError, match=f"{kind} was asked for and is not here: ") as caught:
        pick(kind)
    assert REMEDY[kind] in str(caught.value)
    with pytest.raises(InputError):
        fit(initialise(Summer, 0), examples(8, 0), settings=Settings(updates=1), device=kind)


@pytest.mark.parametrize("name", ["gpu", "", "tpu", "cpu:x"])
def test_a_name_of_no_device_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="names no device"):
        pick(name)


def test_a_package_for_xla_is_found_and_asked_for_its_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "xla" in HERE:
        assert pick("xla").device.type == "xla"
        return
    (tmp_path / "torch_xla.py").write_text("import torch\n\ndef device():\n    return torch.device('meta')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    try:
        assert pick("xla").device.type == "meta"
        assert "experimental" in pick("xla").reason
    finally:
        sys.modules.pop("torch_xla", None)


def test_a_processor_has_always_finished_and_its_16_bit_numbers_have_the_range_of_float32() -> None:
    finish(torch.device("cpu"))
    assert pick("cpu").half is torch.bfloat16
    assert half(torch.device("mps")) is torch.float16
