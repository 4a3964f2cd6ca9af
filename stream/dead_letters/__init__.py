"""Reading and replaying dead letters, records that could not be used; stream/delivery/dead_letters.py makes them."""
