"""What moves: agents, delivery, state, feeds in, subscribers out, the embedded stack, the command line."""
