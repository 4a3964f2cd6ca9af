"""Feeds through the live rules without broker or Redis, on a virtual clock."""
