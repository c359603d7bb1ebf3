"""The one use case."""
