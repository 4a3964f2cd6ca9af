"""A worker's life: what it is put together from, how it starts, makes progress, drains and ends."""
