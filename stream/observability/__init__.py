"""Observability of a running service: health, metrics, logs, status, doctor."""
