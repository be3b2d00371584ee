"""Checkpoints: tensors and plain facts in one safetensors file, which holds numbers and text and can run nothing.

The file is written whole or not at all. A fingerprint over every tensor and fact lies in it, so that a file damaged
anywhere is refused with a sentence instead of being trained on.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from rnnlab.errors import InputError
from rnnlab.files import whole_file

FORMAT = "rnnlab checkpoint 1"


def write(path: Path | str, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Puts tensors (by name) and facts (anything that JSON can hold) into `path`, in one atomic step."""
    on_cpu = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps(facts)
    metadata = {"format": FORMAT, "facts": text, "sha256": _fingerprint(on_cpu, text)}
    with whole_file(path) as part:
        part.write_bytes(safetensors.torch.save(on_cpu, metadata))


def read(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `write` put there. InputError for a file that is not one, or is damaged at any byte."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no dict
    except OSError as error:
        raise InputError(f"Cannot read the checkpoint {path}: {error.strerror or error}. Check the path.") from error
    except Exception as error:  # damage shows as SafetensorError, RuntimeError, UnicodeError … as it pleases
        raise InputError(f"{_REFUSED.format(path)} ({error})") from error
    if metadata.get("format") != FORMAT:
        raise InputError(f"{path} is a safetensors file, but no checkpoint of rnnlab.training; choose another path.")
    text = metadata.get("facts", "")
    if metadata.get("sha256") != _fingerprint(tensors, text):
        raise InputError(_REFUSED.format(path))
    facts: dict[str, Any] = json.loads(text)
    return tensors, facts


_REFUSED = "{} is damaged, or no checkpoint: what it holds is not what was written; delete it to begin anew."


def _fingerprint(tensors: dict[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
