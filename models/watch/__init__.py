"""What the watch path knows: a patient's state, and what follows from new frames, results and forecasts. No I/O, no clock."""
