"""Alarms: limits as a table, their grading over arrays of frames, and the life of an alarm episode."""
