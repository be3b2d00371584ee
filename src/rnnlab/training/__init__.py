"""Training: a loop that fits on one screen, and a file for each thing around it that is a lesson of its own."""
