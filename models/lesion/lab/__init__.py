"""What trains, evaluates and draws the lesion models; no worker imports it."""
