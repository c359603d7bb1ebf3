"""Framing: lines, server-sent events, JSON.  Bytes without meaning."""
