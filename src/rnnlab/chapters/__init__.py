"""What a chapter's cells call. What runs a chapter is in `rnnlab.chapters.run`."""

from rnnlab.chapters.cells import key_observations, mode, say, verdict_on

__all__ = ["key_observations", "mode", "say", "verdict_on"]
