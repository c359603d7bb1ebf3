"""How upstreams are guarded."""
