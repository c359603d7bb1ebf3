"""The HTTP client: requests out, bytes in.

HTTP/1.1 over asyncio and httptools, for one job: few hosts, many long replies read piece by piece.  It
knows what a gateway needs (a pool, time-outs without a timer per read, back-pressure, closing at once)
and nothing else: no redirects, no cookie jar, no JSON.  Cookies are read and sent by hand everywhere:
jars drop ``Partitioned`` cookies and keep ``Secure`` ones from plain HTTP.
"""
