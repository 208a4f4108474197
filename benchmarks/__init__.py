"""Measurements of speed and quality; the package imports none of this."""
