"""How it runs: the one place that knows databases, brokers, processes and the clock."""
