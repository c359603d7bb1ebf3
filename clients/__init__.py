"""Runs real clients, as their makers publish them, against the gateway before the simulator.

``clients.catalogue`` names them; each has one script here, which asks and checks what a user of that client would.
"""
