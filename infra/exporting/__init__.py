"""Plans written for other programs."""
