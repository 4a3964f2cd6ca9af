"""Inspecting and replaying dead letters; stream/delivery/dead_letters.py creates them."""
