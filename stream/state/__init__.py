"""Each patient's latest state in Redis: nothing else speaks to Redis."""
