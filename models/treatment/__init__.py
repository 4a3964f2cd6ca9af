"""Treatment rules: what a cited guideline says for a patient in a given state. Proposals, never orders or doses."""
