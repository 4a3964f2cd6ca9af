"""Where a patient's plan gets what it looks at: a file, or the state and the topics of a running ward."""
