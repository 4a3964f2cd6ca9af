"""Servers for running without Docker: start, prepare and stop Kafka or an embedded broker, and Redis."""
