"""What measures the watch rules on recorded stays; no worker imports it."""
