"""Generated breast ultrasound images for scarce training data, an image enhancer, and the evaluation of both."""
