"""The rules as an auditor reads them: every rule as a row with its source, what is due for review, what contradicts."""
