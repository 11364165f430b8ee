"""What is true and what may happen: pure decisions over the standard library alone."""
