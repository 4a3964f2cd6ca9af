"""Death in hospital: the first 48 hours of a stay as hourly rows, the model's training and its evaluation."""
