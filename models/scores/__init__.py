"""Early-warning scores: the published chart as a table, and its lookup over arrays of frames."""
