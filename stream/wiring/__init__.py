"""The only place that knows Faust: its transport mended in `delivery`, the workers' app put together in `app`."""
