"""The one use case: admit a caller, answer a request."""
