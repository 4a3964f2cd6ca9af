"""The benchmark: Wardwatch's whole path beside its rulers, on one broker, with the same records."""
