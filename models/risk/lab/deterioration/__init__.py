"""The study of what the vital signs will show: labels made from the stays themselves, training, evaluation, card."""
