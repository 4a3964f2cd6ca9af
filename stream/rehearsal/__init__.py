"""Rehearsals: feeds through the live rules on a virtual clock, without broker or Redis."""
