"""One plan per patient: known facts in, a plan out, and the plan as a page. Pure."""
