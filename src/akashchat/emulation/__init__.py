"""Upstreams that add what the wrapped one lacks: stop, max_tokens, n, the reasoning split, usage.

What can be done event by event is a *stage*: a synchronous object for one answer.  ``Emulated`` puts the
stages that a request needs behind the wrapped upstream's stream; a request that needs none pays for none.
"""
