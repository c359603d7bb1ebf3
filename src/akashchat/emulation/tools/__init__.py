"""Tools for models that read and write nothing but text.

``instruction`` puts the tools, earlier calls and their results into the messages; ``parser`` finds the calls in
what the model writes.  Arguments are given as they stand; whether they keep the tool's schema is not asked here.
"""
