"""`make mutants`: small faults are put into the core that keeps patients safe, one at a time, and a test must see each."""
