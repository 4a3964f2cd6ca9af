"""What a subscriber does: listens to topics, folds the records into a ward, says each in a line."""
