"""The watch path: runs of vital signs and events through the pure core; silent beds."""
