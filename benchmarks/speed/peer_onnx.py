"""ONNX Runtime, for inference: its RNN, GRU and LSTM operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from speed.case import Case
from speed.quiet import cores

ORDER = {"RNN": (0,), "GRU": (1, 0, 2), "LSTM": (0, 3, 1, 2)}  # torch's gates in the order of ONNX: z r n, i o f g


def version() -> str:
    return f"onnxruntime {onnxruntime.__version__}, {cores()} threads"


def build(case: Case) -> Callable[[], Any] | None:
    if case.what != "inference" or case.dtype != "float32":
        return None

    def turned(weight: np.ndarray) -> np.ndarray:
        gates = np.split(weight, len(ORDER[case.cell]))
        return np.concatenate([gates[k] for k in ORDER[case.cell]])

    w_ih, w_hh, b_ih, b_hh = map(turned, case.weights())
    named = {"W": w_ih[None], "R": w_hh[None], "B": np.concatenate([b_ih, b_hh])[None]}
    extra = {"linear_before_reset": 1} if case.cell == "GRU" else {}
    node = helper.make_node(case.cell, ["X", "W", "R", "B"], ["Y"], hidden_size=case.H, **extra)
    graph = helper.make_graph(
        [node],
        case.cell,
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [case.T, case.B, case.I])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [case.T, 1, case.B, case.H])],
        [numpy_helper.from_array(value, name) for name, value in named.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = case.x()
    return lambda: session.run(None, {"X": x})[0]
