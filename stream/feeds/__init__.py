"""Feeds: simulated patients and recorded stays as events, and the paced publisher that sends them."""
