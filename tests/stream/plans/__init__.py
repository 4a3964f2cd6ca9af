"""Where a plan gets what it looks at."""
