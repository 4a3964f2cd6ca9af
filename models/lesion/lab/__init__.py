"""Training, evaluation and model cards of the lesion models; no worker imports it."""
