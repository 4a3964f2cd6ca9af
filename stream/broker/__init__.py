"""The broker: the connection to it, its topics, and committed offsets."""
