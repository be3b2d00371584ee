"""A checkpoint is what was written, or a sentence; it never runs anything and never lets damage through."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import InputError
from rnnlab.training import checkpoint

TENSORS = {
    "weights": torch.arange(12, dtype=torch.float32).reshape(3, 4) / 7,
    "noise": torch.arange(9, dtype=torch.uint8),
    "count": torch.tensor(3.0),
    "empty": torch.empty(0, 2),
    "tokens": torch.tensor([[1, -2]]),
}
FACTS = {"update": 12, "loss": float("nan"), "lowest": 0.1, "σ": [1, None, "é"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "whole.safetensors"
    checkpoint.write(path, TENSORS, FACTS)
    return path


def same(found: tuple[dict[str, torch.Tensor], dict[str, object]]) -> bool:
    tensors, facts = found
    alike = all(
        torch.equal(tensors[name], value) and tensors[name].dtype == value.dtype for name, value in TENSORS.items()
    )
    return alike and set(tensors) == set(TENSORS) and repr(facts) == repr(FACTS)


def test_what_is_read_is_what_was_written(whole: Path) -> None:
    assert same(checkpoint.read(whole))


def test_a_file_damaged_at_any_byte_is_refused_in_one_sentence(whole: Path) -> None:
    content = whole.read_bytes()
    path = whole.with_name("damaged.safetensors")
    unharmed = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        try:
            unharmed += same(checkpoint.read(path))
        except InputError as error:
            assert "\n" not in str(error) and str(path) in str(error)
        else:
            assert same(checkpoint.read(path)), f"byte {place} changed what was read"
    assert unharmed <= 8, "only the padding after the header may change without harm"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(keep=st.floats(0, 1), tail=st.binary(max_size=40))
def test_a_file_cut_anywhere_or_continued_with_anything_is_refused(whole: Path, keep: float, tail: bytes) -> None:
    content = whole.read_bytes()
    path = whole.with_name("cut.safetensors")
    path.write_bytes(content[: int(keep * (len(content) - 1))] + tail)
    with pytest.raises(InputError, match=r"delete it to begin anew|choose another path"):
        checkpoint.read(path)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(content=st.binary(max_size=200))
def test_a_file_of_anything_is_refused(whole: Path, content: bytes) -> None:
    path = whole.with_name("anything")
    path.write_bytes(content)
    with pytest.raises(InputError):
        checkpoint.read(path)


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("writer", ["torch.save", "pickle"])
def test_a_pickle_is_refused_and_never_run(writer: str, tmp_path: Path) -> None:
    path, crater = tmp_path / "model.pt", tmp_path / "crater"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Bomb(crater)))
    else:
        torch.save({"weights": Bomb(crater)}, path)
    with pytest.raises(InputError, match="damaged, or no checkpoint"):
        checkpoint.read(path)
    assert not crater.exists()


def test_weights_from_elsewhere_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file({"weights": torch.ones(2)}, path, {"format": "pt"})
    with pytest.raises(InputError, match="is a safetensors file, but no checkpoint of rnnlab"):
        checkpoint.read(path)


def test_a_checkpoint_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(InputError, match=r"Cannot read the checkpoint .*\. Check the path\."):
            checkpoint.read(path)


def test_a_folder_that_cannot_be_made_is_refused_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot write"):
        checkpoint.write(tmp_path / "file" / "checkpoint", TENSORS, FACTS)
