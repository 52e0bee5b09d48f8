"""The only way out of a WSDL's reader: files of one folder, built-in schemas, calls to one host."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from zeep.transports import Transport

from adapters import SourceRefusedError
from adapters.text import access as access_messages
from adapters.text import wsdl as messages
from adapters.transports.access import ANY_ACCESS, Access
from adapters.transports.addresses import HttpAddress
from adapters.transports.http import open_session
from adapters.wsdl.builtin import builtin

#: Largest WSDL or schema, in bytes: the largest seen in the wild has 3 MB.
FILE_LIMIT = 20_000_000
#: Bytes of an answer that are read at once, and how often a call's time an answer may take in all.
_PIECE = 65_536
_PATIENCE = 10


class Closed(Transport):
    """Loads files of one folder, calls one host, follows no redirect,
    and reads no endless answer.
    """

    def __init__(
        self,
        wsdl: Path,
        endpoint: HttpAddress,
        timeout: float,
        max_bytes: int,
        headers: dict[str, str],
        access: Access = ANY_ACCESS,
    ) -> None:
        session = open_session(access)
        session.headers.update(headers)
        super().__init__(session=session, operation_timeout=timeout)
        self._files = access.files.below(wsdl.parent)
        self._confined = access.files.confined
        self._endpoint = endpoint
        self._max_bytes = max_bytes
        #: Hears of each answer, for what its headers say.
        self.hears: Callable[[requests.Response], None] = lambda _: None

    def load(self, url: str) -> bytes:
        """Return a file of the WSDL's folder, or a built-in schema.

        Raises SourceRefusedError for others.
        """
        scheme = urlsplit(url).scheme
        if scheme and scheme != "file":
            schema = builtin(url)
            if schema is None:
                raise SourceRefusedError(*messages.refers_to_network(url))
            return schema
        path = url if not scheme else unquote(urlsplit(url).path)
        if not self._files.covers(path):
            raise SourceRefusedError(*messages.refers_outside(url))
        name = Path(path).name
        try:
            with os.fdopen(self._files.open(path), "rb") as stream:
                if os.fstat(stream.fileno()).st_size > FILE_LIMIT:
                    raise SourceRefusedError(*messages.too_large(name, FILE_LIMIT))
                return stream.read()
        except OSError:
            if self._confined:
                raise SourceRefusedError(*access_messages.file_absent(path)) from None
            raise SourceRefusedError(*messages.file_missing(name)) from None

    def post(self, address: str, message: Any, headers: Any) -> requests.Response:
        """Return the answer of the one address that may be called, whatever was asked for.

        It is read up to its limit.
        """
        if address != str(self._endpoint):
            raise SourceRefusedError(*messages.address_not_allowed(address))
        answer = self.session.post(
            str(self._endpoint),
            data=message,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=self.operation_timeout,
        )
        with closing(answer):
            body = self._body(answer)
        if len(body) > self._max_bytes:
            raise SourceRefusedError(*messages.answer_too_large(self._max_bytes))
        answer._content = body
        self.hears(answer)
        return answer

    def _body(self, answer: requests.Response) -> bytes:
        """Return an answer's body, or its beginning where it is too large.

        Each piece has to come within the time of a call, and all of them within ten times that: a
        server that gives a byte now and then would never end. Raises requests' errors.
        """
        body = bytearray()
        ends = time.monotonic() + _PATIENCE * self.operation_timeout
        try:
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                body += piece
                if len(body) > self._max_bytes:
                    break
                if time.monotonic() > ends:
                    raise requests.exceptions.ReadTimeout
        except DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error) from None
        except ReadTimeoutError as error:
            raise requests.exceptions.ReadTimeout(error) from None
        except (HTTPError, HTTPException) as error:
            raise requests.exceptions.ChunkedEncodingError(error) from None
        return bytes(body)
