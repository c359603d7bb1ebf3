"""Telling operators what happened: logs, metrics, traces."""
