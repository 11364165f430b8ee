"""Levelling: when tasks are done so that no resource has more to do than it can."""
