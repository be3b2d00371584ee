"""Instruments that look into a recurrent layer, torch's or ours, during or after training: arrays come out."""

from rnnlab.probes.gates import gate_traces
from rnnlab.probes.gradient_flow import (
    GradientByLag,
    WeightGradientByLag,
    factor_per_step,
    gradient_by_lag,
    weight_gradient_by_lag,
)
from rnnlab.probes.jacobian import product_singular_values, step_jacobians
from rnnlab.probes.lyapunov import largest_lyapunov_exponent, lyapunov_exponents
from rnnlab.probes.memory import MemoryCurve, memory_curve, read_out_accuracy, read_out_r2, states_of
from rnnlab.probes.reset import ResetPrice, reset_price
from rnnlab.probes.saturation import Saturation, during, saturation
from rnnlab.probes.truncation import Agreement, gradient_agreement
from rnnlab.probes.units import UnitProbe, squared_correlation, unit_probe

__all__ = [
    "Agreement",
    "GradientByLag",
    "MemoryCurve",
    "ResetPrice",
    "Saturation",
    "UnitProbe",
    "WeightGradientByLag",
    "during",
    "factor_per_step",
    "gate_traces",
    "gradient_agreement",
    "gradient_by_lag",
    "largest_lyapunov_exponent",
    "lyapunov_exponents",
    "memory_curve",
    "product_singular_values",
    "read_out_accuracy",
    "read_out_r2",
    "reset_price",
    "saturation",
    "squared_correlation",
    "states_of",
    "step_jacobians",
    "unit_probe",
    "weight_gradient_by_lag",
]
