"""Levelling with CP-SAT of OR-Tools: the model, the solver, and the runs of it."""
