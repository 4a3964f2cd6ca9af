"""Fuzzing: a small file for each door through which bytes come in, what drives them, and the inputs that broke one."""
