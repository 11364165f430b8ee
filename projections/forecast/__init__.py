"""Forecasts: Monte Carlo on what a team did before, as pure functions of history, seed and number of runs."""
