"""Treatment rules: what a cited guideline says for a patient in this state. Proposals, never orders or doses."""
