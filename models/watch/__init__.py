"""What the watch path knows: a patient's state, and what follows from new events. No I/O, no clock."""
