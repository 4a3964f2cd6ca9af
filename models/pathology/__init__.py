"""Rule-based reader of pathology reports: findings, their certainty, and the text spans that they were read from."""
