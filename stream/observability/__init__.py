"""What can be seen of a running part: health, metrics, logs, status, doctor."""
