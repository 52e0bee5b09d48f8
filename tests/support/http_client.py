"""HTTP requests of tests, each with a connection of its own.

As those of httpx, but for the certificates of authorities, which httpx reads anew for every
request: that takes 25 ms, and servers of tests speak HTTP without TLS.
"""

from functools import partial

import httpx

from gateway.http_client import usual_trust

get = partial(httpx.get, verify=usual_trust())
post = partial(httpx.post, verify=usual_trust())
put = partial(httpx.put, verify=usual_trust())
request = partial(httpx.request, verify=usual_trust())
