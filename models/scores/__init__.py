"""Early-warning scores: each published chart as a table, and the points of frames by it."""
