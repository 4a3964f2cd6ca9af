"""`make mutants`: small faults are put into the core that keeps patients safe, and a test must see each of them."""
