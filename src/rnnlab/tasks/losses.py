"""How wrong a prediction is, in the two ways that the tasks need. torch is loaded by the first loss, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def squared_error(prediction: Tensor, targets: Tensor) -> Tensor:
    """Mean of (y − ŷ)². ValueError unless both have one shape: (B, 1) − (B,) would be (B, B) without a word."""
    if prediction.shape != targets.shape:
        raise ValueError(
            f"The model predicts {tuple(prediction.shape)} and the targets are {tuple(targets.shape)}; "
            "squared error needs one shape. Give the targets the shape of the prediction, or fit a loss of your own."
        )
    from torch.nn import functional

    return functional.mse_loss(prediction, targets)


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean of −ln softmax(logits)[target], in nats: logits (…, K), targets (…) from 0 to K − 1.

    ValueError unless the shapes agree, so that time cannot be taken for classes.
    """
    if logits.shape[:-1] != targets.shape:
        raise ValueError(
            f"The logits are {tuple(logits.shape)} and the targets {tuple(targets.shape)}; "
            f"cross-entropy needs logits of shape {(*targets.shape, 'K')} for K classes."
        )
    from torch.nn import functional

    return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))
