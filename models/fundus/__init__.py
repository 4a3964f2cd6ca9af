"""Photographs of the retina: diabetic retinopathy and macular oedema."""
