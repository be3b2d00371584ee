"""The one place that picks a device."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass

import torch

from rnnlab.errors import InputError

DEVICES = ("cpu", "cuda", "mps", "xla")

REMEDY = {
    "cuda": "CUDA needs an NVIDIA GPU, its driver, and a torch built for CUDA",
    "mps": "MPS needs an Apple chip and macOS",
    "xla": "XLA (TPU, experimental) needs the package torch_xla on a machine that has a TPU",
}


@dataclass(frozen=True)
class Choice:
    """The device that was taken, and the reason in words: print(choice) says both."""

    device: torch.device
    reason: str

    @property
    def half(self) -> torch.dtype:
        """What mixed precision computes in there."""
        return half(self.device)

    def __str__(self) -> str:
        return f"{self.device}: {self.reason}"


def pick(asked: str = "auto") -> Choice:
    """The device asked for by name; `auto` takes the first accelerator that is here, else the CPU.

    InputError if it is not here. `cuda:1` names the second GPU.
    """
    kind = asked.split(":")[0]
    if asked == "auto":
        for kind in ("cuda", "mps", "xla"):
            if available(kind):
                return Choice(_device(kind), f"{_name(kind)} is here")
        return Choice(torch.device("cpu"), "no accelerator is here")
    if kind not in DEVICES:
        raise InputError(f"{asked!r} names no device; take auto, {', '.join(DEVICES)}, or cuda:1 for the second GPU.")
    if not available(kind):
        raise InputError(f"{kind} was asked for and is not here: {REMEDY[kind]}. Ask for cpu, or for auto.")
    device = _device(asked)
    if kind == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"{asked} was asked for, but this machine has {torch.cuda.device_count()} GPU: ask for cuda.")
    return Choice(device, f"asked for; {_name(kind)}")


def available(kind: str) -> bool:
    """Whether this machine and this torch have such a device."""
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    if kind == "xla":
        return importlib.util.find_spec("torch_xla") is not None
    return kind == "cpu"


def half(device: torch.device) -> torch.dtype:
    """The 16-bit numbers that a device multiplies: bfloat16, with float32's range, where it has them, else float16."""
    if device.type == "mps" or (device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False)):
        return torch.float16
    return torch.bfloat16


def finish(device: torch.device) -> None:
    """Waits until the device has done all that it was given: before a clock is read. A CPU has always finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    elif device.type == "xla":
        importlib.import_module("torch_xla").sync(wait=True)


def _device(asked: str) -> torch.device:
    if asked.startswith("xla"):
        xla_device: torch.device = importlib.import_module("torch_xla").device()
        return xla_device
    try:
        return torch.device(asked)
    except RuntimeError:
        raise InputError(f"{asked!r} names no device; a number follows the colon, as in cuda:1.") from None


def _name(kind: str) -> str:
    if kind == "cuda":
        return f"the GPU {torch.cuda.get_device_name()}"
    return {"mps": "the GPU of an Apple chip", "xla": "an XLA device (experimental)", "cpu": "the processor"}[kind]
