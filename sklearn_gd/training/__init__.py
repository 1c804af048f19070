"""A model and its training runs."""
