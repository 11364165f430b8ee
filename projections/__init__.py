"""What can be asked: one file per read model, each a pure fold of events into rows."""
