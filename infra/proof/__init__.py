"""The proof that the log was not altered: an RFC 6962 tree over its records, and signed heads of it."""
