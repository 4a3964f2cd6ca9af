"""What is kept in Redis: each patient's latest state, and when each bed was last heard. Nothing else uses Redis."""
