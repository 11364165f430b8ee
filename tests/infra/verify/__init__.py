"""Tests of `infra/verify`."""
