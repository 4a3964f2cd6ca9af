"""A subscriber: listens to topics, builds the state of the ward from the records, and renders records as text."""
