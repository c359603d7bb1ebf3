"""What the operator may see and do over HTTP, with the key of an admin.

Everything lies under ``/admin/`` and is put in its place by ``app.admin``; each endpoint is made with ``base.admin``, so
that none can forget whom it is for.
"""
