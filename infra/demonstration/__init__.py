"""The article's case as history: a manufacturer that delivers project management to itself, in commands."""
