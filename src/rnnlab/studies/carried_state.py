"""Chapter 5: sequences of unequal length without padding, and a state that is carried from chunk to chunk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from rnnlab.layers import GRU, LSTM, RNN
from rnnlab.studies import Claim, Records, Study, Verdict, share
from rnnlab.studies.simple_methods import speeches_task, surnames_task
from rnnlab.training import generator

CELLS: dict[str, type[RNN | GRU | LSTM]] = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
ROUNDING = 1e-5  # float32: sums of a few dozen terms, a few hundred steps


def read_in_pieces(
    *, cell: str, hidden_size: int, names: int, characters: int, chunk: int, seed: int
) -> dict[str, Any]:
    """Reads real names and real text in different ways with one untrained layer; the largest difference of any unit.

    `packed_gap`: surnames packed into one batch without padding, against one by one. `padded_gap`: padded with zeros
    and read to the end of the padding, against the same. `chunk_gap`: text in chunks with the state carried, against
    the whole. `reset_gap`: without it. `padding`: the share of a padded batch that is padding.
    """
    torch.manual_seed(seed)
    rng = generator(seed, 5)
    part, text = surnames_task().train, speeches_task().train.tokens
    rows = rng.choice(len(part), names, replace=False)
    lengths = part.lengths[rows]
    sequences = [_one_hot(part.inputs[row, :length], 30) for row, length in zip(rows, lengths, strict=True)]
    layer = CELLS[cell](30, hidden_size)
    start = int(rng.integers(len(text) - characters))
    whole = _one_hot(text[start : start + characters], 128)
    reader = CELLS[cell](128, hidden_size)
    with torch.no_grad():
        alone = torch.stack([layer(each)[0][-1] for each in sequences])
        packed = _hidden(layer(pack_sequence(sequences, enforce_sorted=False))[1])
        padded = _hidden(layer(nn.utils.rnn.pad_sequence(sequences))[1])
        states = reader(whole)[0]
        carried, reset, state = [], [], None
        for piece in torch.split(whole, chunk):
            outputs, state = reader(piece, state)
            carried.append(outputs)
            reset.append(reader(piece)[0])
    return {
        "packed_gap": float((packed - alone).abs().max()),
        "padded_gap": float((padded - alone).abs().max()),
        "chunk_gap": float((torch.cat(carried) - states).abs().max()),
        "reset_gap": float((torch.cat(reset) - states).abs().max()),
        "padding": float(1 - lengths.sum() / (lengths.max() * names)),
    }


def _one_hot(tokens: Any, size: int) -> Tensor:
    return torch.eye(size)[torch.tensor(np.asarray(tokens))]


def _hidden(state: Any) -> Tensor:
    """(B, H) of h_n, or of (h_n, c_n)."""
    hidden: Tensor = (state[0] if isinstance(state, tuple) else state)[0]
    return hidden


def equal_in_pieces(records: Records) -> Verdict:
    """How many runs, over all cells and seeds, differ by rounding alone: packed and in chunks."""
    good = [max(record.measurements["packed_gap"], record.measurements["chunk_gap"]) < ROUNDING for record in records]
    verdict = share(sum(good), len(good), above=0.5)
    return replace(verdict, detail=verdict.detail.replace("seeds", "runs"), seeds=len(records.seeds))


CARRIED_STATE = Study(
    name="carried_state",
    question="Does a recurrent net read the same in pieces as in one, and names packed the same as one by one?",
    prediction="The same to the last digits that float32 has.",
    section="5.3",
    trial=read_in_pieces,
    measure="chunk_gap",
    vary={"cell": tuple(CELLS)},
    hold={"hidden_size": 32, "names": 64, "characters": 300, "chunk": 25},
    seeds=range(10),
    quick={"seeds": range(5)},
    claims=(
        Claim(
            "5.3a",
            "Names packed without padding and text read in chunks give the states of names one by one and text whole",
            equal_in_pieces,
        ),
    ),
)
