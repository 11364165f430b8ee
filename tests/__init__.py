"""What has to hold, on real PostgreSQL and real brokers."""
