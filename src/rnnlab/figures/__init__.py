"""One figure a function: arrays and an axis in, the axis out. `show` displays it on light and on dark pages."""

from rnnlab.figures.cost import error_by_cost
from rnnlab.figures.gates import gate_map
from rnnlab.figures.gradient_by_lag import gradient_by_lag, weight_gradient_by_lag
from rnnlab.figures.histograms import histograms_by_update
from rnnlab.figures.horizon import error_by_horizon
from rnnlab.figures.intervals import intervals, residuals
from rnnlab.figures.ladder import ladder
from rnnlab.figures.learning import learning_curves
from rnnlab.figures.loss_surface import loss_surface
from rnnlab.figures.maps import share_map
from rnnlab.figures.memory import by_lag
from rnnlab.figures.padding import padding_map
from rnnlab.figures.regime_map import regime_map
from rnnlab.figures.segments import truncation_segments
from rnnlab.figures.series import forecasts, lag_plot, splits
from rnnlab.figures.show import drawings, show
from rnnlab.figures.singular_values import singular_values
from rnnlab.figures.size_choice import size_choice
from rnnlab.figures.speed import speed_up
from rnnlab.figures.spread import seeds_by_model
from rnnlab.figures.steps import share_by_step
from rnnlab.figures.style import colour, theme
from rnnlab.figures.sweep import sweep
from rnnlab.figures.text_heat import text_heat
from rnnlab.figures.unrolled import unrolled

__all__ = [
    "by_lag",
    "colour",
    "drawings",
    "error_by_cost",
    "error_by_horizon",
    "forecasts",
    "gate_map",
    "gradient_by_lag",
    "histograms_by_update",
    "intervals",
    "ladder",
    "lag_plot",
    "learning_curves",
    "loss_surface",
    "padding_map",
    "regime_map",
    "residuals",
    "seeds_by_model",
    "share_by_step",
    "share_map",
    "show",
    "singular_values",
    "size_choice",
    "speed_up",
    "splits",
    "sweep",
    "text_heat",
    "theme",
    "truncation_segments",
    "unrolled",
    "weight_gradient_by_lag",
]
