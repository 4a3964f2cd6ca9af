"""Lesion models: grey images in; calibrated and explained findings, abstentions and refusals out."""
