"""What is asked and what is answered, in no dialect at all.

These types are pure values.  They know no JSON names, no status codes and no connection; ids, clocks and
rendering belong to the dialects, waiting to the upstreams.
"""
