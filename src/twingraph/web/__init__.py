"""The HTTP face of a release."""
