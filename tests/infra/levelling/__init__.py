"""The solver and its runs."""
