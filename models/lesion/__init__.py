"""The lesion models: real images in, calibrated and explained findings out; their training and evaluation."""
