"""Instruments that look into a recurrent layer, torch's or ours, during or after training: arrays come out."""

from rnnlab.probes.gradient_flow import GradientByLag, factor_per_step, gradient_by_lag, weight_gradient_by_lag
from rnnlab.probes.jacobian import product_singular_values, step_jacobians
from rnnlab.probes.lyapunov import largest_lyapunov_exponent, lyapunov_exponents
from rnnlab.probes.memory import MemoryCurve, memory_curve, read_out_accuracy, read_out_r2, states_of
from rnnlab.probes.truncation import Agreement, gradient_agreement
from rnnlab.probes.units import UnitProbe, squared_correlation, unit_probe

__all__ = [
    "Agreement",
    "GradientByLag",
    "MemoryCurve",
    "UnitProbe",
    "factor_per_step",
    "gradient_agreement",
    "gradient_by_lag",
    "largest_lyapunov_exponent",
    "lyapunov_exponents",
    "memory_curve",
    "product_singular_values",
    "read_out_accuracy",
    "read_out_r2",
    "squared_correlation",
    "states_of",
    "step_jacobians",
    "unit_probe",
    "weight_gradient_by_lag",
]
