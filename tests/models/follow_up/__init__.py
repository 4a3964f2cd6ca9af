"""Tables of follow-up, on both sides of every edge."""
