"""A SOAP service behind a reviewed WSDL: nothing that it or an answer names is ever fetched.

`gather` keeps copies of a WSDL in several files, `describe` says what it offers. May import zeep;
a reader process may not import this. Tests: tests/integration/adapters/soap/test_wsdl.py.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zeep import Client
from zeep.settings import Settings as ZeepSettings
from zeep.xsd import const

from adapters import AdapterError, SourceRefusedError, Step
from adapters.setting_faults import InvalidSettingsError
from adapters.text import wsdl as messages
from adapters.transports.access import ANY_ACCESS, Access
from adapters.transports.addresses import parse_http_address
from adapters.transports.probe import reached
from adapters.wsdl.builtin import SOAP12_ENCODING
from adapters.wsdl.describe import Operation, operations
from adapters.wsdl.transport import Closed

__all__ = ["Operation", "described", "open_service", "operation_of", "operations", "with_host"]

# zeep loads the encoding of SOAP 1.1 where a WSDL only mentions it; that of 1.2 is met in the same
# way.
if SOAP12_ENCODING not in const.AUTO_IMPORT_NAMESPACES:
    const.AUTO_IMPORT_NAMESPACES.append(SOAP12_ENCODING)


def open_service(
    wsdl: Path,
    endpoint: str,
    *,
    timeout: float,
    max_bytes: int,
    wsse: Any = None,
    binding: str = "",
    headers: dict[str, str] | None = None,
    verify: str | None = None,
    certificate: tuple[str, str] | None = None,
    access: Access = ANY_ACCESS,
) -> tuple[Client, Any]:
    """Open a binding of a local WSDL (the first by default) at an address of ours;
    return client and service.

    `timeout` is seconds for one call, `max_bytes` the largest answer, `verify` a file of trusted
    certificates and `certificate` our own with its key. Raises SourceRefusedError.
    """
    # A link is not resolved here where files are confined: it is opened, or not, as it stands.
    wsdl = Path(os.path.normpath(Path.cwd() / wsdl)) if access.files.confined else wsdl.resolve()
    try:
        address = parse_http_address(endpoint)
    except InvalidSettingsError as error:
        raise SourceRefusedError(*error.text) from None
    transport = Closed(wsdl, address, timeout, max_bytes, headers or {}, access)
    transport.session.verify = verify or True
    transport.session.cert = certificate
    try:
        return _opened(wsdl, str(address), transport, wsse, binding)
    except BaseException:
        transport.session.close()
        raise


def _opened(
    wsdl: Path, endpoint: str, transport: Closed, wsse: Any, binding: str
) -> tuple[Client, Any]:
    settings = ZeepSettings(
        strict=True,
        forbid_dtd=True,
        forbid_entities=True,
        # The transport refuses what is neither in the folder nor built in, and says how to go on.
        forbid_external=False,
        xml_huge_tree=False,
        force_https=False,
    )
    try:
        client = Client(str(wsdl), transport=transport, wsse=wsse, settings=settings)
        names = {name.rpartition("}")[2]: name for name in client.wsdl.bindings}
    except AdapterError:
        raise
    except Exception as error:  # noqa: BLE001
        # zeep meets whatever a stranger wrote with errors of every kind.
        raise SourceRefusedError(*messages.unusable(wsdl.name, _reason(error, wsdl))) from None
    if not names:
        raise SourceRefusedError(*messages.no_binding(wsdl.name))
    if binding and binding not in names:
        raise SourceRefusedError(*messages.unknown_binding(binding, list(names)))
    # The address that a WSDL names is never trusted.
    chosen = names.get(binding) or next(iter(names.values()))
    return client, client.create_service(chosen, endpoint)


def _reason(error: Exception, wsdl: Path) -> str:
    """Return the first line of an error, files by their names."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text.replace(f"{wsdl.parent}/", "")


def with_host(access: Access, endpoint: str, timeout: float) -> Iterator[Step]:
    """Yield the steps of looking an endpoint's host up and reaching its port."""
    address = parse_http_address(endpoint)
    yield from reached(access, address.host, address.port, timeout)


def described(wsdl: Path) -> dict[str, list[Operation]]:
    """Return every binding's operations of a local WSDL; calls nothing.
    Raises SourceRefusedError.
    """
    nowhere = "http://nowhere.invalid/"
    client, _ = open_service(wsdl, nowhere, timeout=1, max_bytes=1)
    try:
        names = {name.rpartition("}")[2]: name for name in client.wsdl.bindings}
        return {
            short: operations(client.create_service(name, nowhere)) for short, name in names.items()
        }
    except Exception as error:  # noqa: BLE001
        # Types are resolved late: what a WSDL lacks may show only now.
        raise SourceRefusedError(*messages.unusable(wsdl.name, _reason(error, wsdl))) from None
    finally:
        client.transport.session.close()


def operation_of(service: Any, name: str) -> Operation | None:
    """Return what a WSDL says of one operation; None where it has none of that name."""
    return {operation.name: operation for operation in operations(service)}.get(name)
