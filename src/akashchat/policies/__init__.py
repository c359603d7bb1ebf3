"""Upstreams that wrap an upstream; and admission of callers."""
