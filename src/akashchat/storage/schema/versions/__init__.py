"""The revisions of the schema, each a module that Alembic reads: what it adds to the one before.

They write SQL and ask the database nothing, so what they do is known before it is done.
"""
