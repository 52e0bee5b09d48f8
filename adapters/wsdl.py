"""A SOAP service behind a WSDL that was reviewed: nothing that it or an answer names is ever fetched."""

from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from zeep import Client
from zeep.exceptions import Error as ZeepError
from zeep.settings import Settings as ZeepSettings
from zeep.transports import Transport

from adapters import SourceRefused


class _Closed(Transport):
    """Loads one local file, calls one host, follows no redirect, and reads no endless answer."""

    def __init__(
        self, wsdl: Path, endpoint: str, timeout: float, max_bytes: int, headers: dict[str, str]
    ) -> None:
        session = requests.Session()
        # No proxy, netrc or certificate path from the environment.
        session.trust_env = False
        session.headers.update(headers)
        super().__init__(session=session, operation_timeout=timeout)
        self._wsdl = wsdl
        self._host = urlsplit(endpoint).netloc
        self._max_bytes = max_bytes

    def load(self, url: str) -> bytes:
        path = Path(url.removeprefix("file://"))
        if path != self._wsdl:
            raise SourceRefused(
                f"WSDL 引用了 {url}，不予读取；请把所引内容并入已审核的副本",
                f"the WSDL refers to {url}, which is not read; put what it refers to into the reviewed copy",
            )
        return path.read_bytes()

    def post(self, address: str, message: Any, headers: Any) -> requests.Response:
        if urlsplit(address).netloc != self._host:
            raise SourceRefused(f"不允许的地址：{address}", f"address not allowed: {address}")
        answer = self.session.post(
            address, data=message, headers=headers, stream=True, allow_redirects=False,
            timeout=self.operation_timeout,
        )  # fmt: skip
        body = bytearray()
        with closing(answer):
            pieces = answer.iter_content(65_536)
            while (piece := next(pieces, b"")) and len(body) <= self._max_bytes:
                body += piece
        if len(body) > self._max_bytes:
            raise SourceRefused(
                f"应答超过 {self._max_bytes} 字节，请减小 page_size",
                f"the answer is larger than {self._max_bytes} bytes; make page_size smaller",
            )
        answer._content = bytes(body)
        return answer


def open_service(
    wsdl: Path, endpoint: str, *, timeout: float, max_bytes: int,
    wsse: Any = None, headers: dict[str, str] | None = None,
    verify: str | None = None, certificate: tuple[str, str] | None = None,
) -> tuple[Client, Any]:  # fmt: skip
    """Open the first binding of a local WSDL at an address of ours; give the client and its service.

    `timeout` is seconds for one call, `max_bytes` the largest answer, `verify` a file of trusted
    certificates and `certificate` our own with its key. Raises SourceRefused.
    """
    transport = _Closed(wsdl, endpoint, timeout, max_bytes, headers or {})
    transport.session.verify = verify or True
    transport.session.cert = certificate
    try:
        client = Client(
            str(wsdl),
            transport=transport,
            wsse=wsse,
            settings=ZeepSettings(
                strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True,
                xml_huge_tree=False, force_https=False,
            ),
        )  # fmt: skip
    except (ZeepError, OSError, ValueError) as error:
        raise SourceRefused(
            f"WSDL 不可用：{error}；请检查 {wsdl.name}", f"the WSDL cannot be used: {error}; check {wsdl.name}"
        ) from None  # fmt: skip
    # The address that a WSDL names is never trusted.
    return client, client.create_service(next(iter(client.wsdl.bindings)), endpoint)
