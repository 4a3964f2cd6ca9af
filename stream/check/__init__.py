"""The check path: from an imaging-ready event to a preliminary lesion report."""
