"""Alarms: the limits as a table, the grading of frames by them, and the life of an alarm episode."""
