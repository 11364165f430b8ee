"""Parts of the log as bundles that a stranger can check: records, their proofs, and a program that does."""
