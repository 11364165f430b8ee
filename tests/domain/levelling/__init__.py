"""Levelling: axes, the problem of a plan, first plans, why tasks move, what is asked of resources."""
