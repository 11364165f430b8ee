"""Side-by-side measurements: Fairlead against its peers and the physical limit, each ratio within one run."""
