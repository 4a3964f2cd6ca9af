"""What trains, evaluates and draws the risk models; a room for each outcome. No worker imports it."""
