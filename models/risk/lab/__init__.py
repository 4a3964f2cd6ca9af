"""What trains, evaluates and draws the risk models; no worker imports it."""
