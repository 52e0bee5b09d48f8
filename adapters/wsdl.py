"""A SOAP service behind a WSDL that was reviewed: nothing that it or an answer names is ever fetched."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from zeep import Client
from zeep.exceptions import Error as ZeepError
from zeep.settings import Settings as ZeepSettings
from zeep.transports import Transport

from adapters import SourceRefused, Step
from adapters.reach import reached

#: How deep the types of an answer are looked into: they may hold themselves.
_DEPTH = 8


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
    wsse: Any = None, binding: str = "", headers: dict[str, str] | None = None,
    verify: str | None = None, certificate: tuple[str, str] | None = None,
) -> tuple[Client, Any]:  # fmt: skip
    """Open a binding of a local WSDL (the first by default) at an address of ours; give client and service.

    `timeout` is seconds for one call, `max_bytes` the largest answer, `verify` a file of trusted
    certificates and `certificate` our own with its key. Raises SourceRefused.
    """
    wsdl = wsdl.resolve()
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
    names = {name.rpartition("}")[2]: name for name in client.wsdl.bindings}
    if binding and binding not in names:
        known = ", ".join(names)
        raise SourceRefused(f"WSDL 没有绑定 {binding}，已有：{known}", f"the WSDL has no binding {binding}; it has: {known}")  # fmt: skip
    return client, client.create_service(names.get(binding) or next(iter(names.values())), endpoint)


def with_host(endpoint: str, timeout: float) -> Iterator[Step]:
    """Look an endpoint's host up and reach its port, step by step."""
    parsed = urlsplit(endpoint)
    yield from reached(
        parsed.hostname or "", parsed.port or (443 if parsed.scheme == "https" else 80), timeout
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """What a WSDL says of an operation: its arguments, and each repeated element of its answer with its columns."""

    name: str
    arguments: tuple[str, ...]
    rows: dict[str, tuple[str, ...]]


def operations(service: Any) -> list[Operation]:
    """Describe every operation of an opened service, for whoever writes the settings."""
    found = []
    for name, operation in sorted(service._binding.all().items()):
        inputs = operation.input.body.type.elements if operation.input.body is not None else []
        rows = (
            {}
            if operation.output is None or operation.output.body is None
            else _repeated(operation.output.body)
        )
        found.append(Operation(name, tuple(part for part, _ in inputs), rows))
    return found


def described(wsdl: Path) -> dict[str, list[Operation]]:
    """Describe every binding of a local WSDL; calls nothing. Raises SourceRefused."""
    nowhere = "http://nowhere.invalid/"
    client, _ = open_service(wsdl, nowhere, timeout=1, max_bytes=1)
    try:
        names = {name.rpartition("}")[2]: name for name in client.wsdl.bindings}
        return {
            short: operations(client.create_service(name, nowhere)) for short, name in names.items()
        }
    finally:
        client.transport.session.close()


def answer_columns(service: Any, operation: str, rows_path: str) -> list[str]:
    """Give the columns that a WSDL describes for the rows of an answer; none where it describes none."""
    described = {one.name: one for one in operations(service)}.get(operation)
    return [] if described is None else list(described.rows.get(rows_path, ()))


def _repeated(body: Any) -> dict[str, tuple[str, ...]]:
    """Find the repeated elements below an answer's own element, by path, with their columns."""
    found: dict[str, tuple[str, ...]] = {}

    def look(node: Any, path: tuple[str, ...], depth: int) -> None:
        for name, element in getattr(node, "elements", None) or ():
            if not hasattr(element, "type") or depth > _DEPTH:
                continue
            here = (*path, name)
            if element.max_occurs == "unbounded" or element.max_occurs > 1:
                found[".".join(here)] = tuple(_leaves(element.type, "", 0))
            look(element.type, here, depth + 1)

    look(body.type, (), 0)
    return found


def _leaves(node: Any, prefix: str, depth: int) -> Iterator[str]:
    for name, element in getattr(node, "elements", None) or ():
        inner = getattr(element, "type", None)
        if getattr(inner, "elements", None) and depth < _DEPTH:
            yield from _leaves(inner, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}"
