"""Tools for models that were given none."""
