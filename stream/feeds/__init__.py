"""Feeds in: simulated patients and recordings as events, and the paced publisher that sends them."""
