"""Generated breast ultrasound against scarcity, and enhancement: networks, training, and what both are worth."""
