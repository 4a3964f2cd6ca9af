"""Training, evaluation and the card of the model for photographs of the retina; no worker imports it."""
