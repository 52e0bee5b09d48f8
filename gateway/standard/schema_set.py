"""A version of the standard as one set of schema files that any XML tool can use from their root.

In the source a version holds only what it changed, and no file lists all others; here each file
finds every other beside it. The gate compiles this very set, and `creditgate schema export` writes
it. Pure but for reading the schema files.
"""

from collections.abc import Iterable
from functools import cache

from gateway.standard.versions import exchange_files, exchange_versions, schema_files, up_to

CREDIT_ALL = "credit-all.xsd"
EXCHANGE_ALL = "exchange-all.xsd"
_XS = "http://www.w3.org/2001/XMLSchema"
_CREDIT_NS = "urn:creditgate:credit:1"
_EXCHANGE_NS = "urn:creditgate:exchange:1"


def root_name(version: str) -> str:
    """Return the name of the root schema of a version: the file to give to validators."""
    return f"standard-{version}.xsd"


@cache
def schema_set(version: str) -> dict[str, bytes]:
    """Return each schema file of a version by its path; the root is at the top.

    An importing schema names all files of the other namespace at once: Xerces takes the first
    import of a namespace and passes over every other.
    """
    credit = f"credit/{version}"
    files = {f"{credit}/{path.name}": path.read_bytes() for path in schema_files(version)}
    files[f"{credit}/{CREDIT_ALL}"] = _including(
        _CREDIT_NS, (p.name for p in schema_files(version))
    )
    common = f"credit/{up_to(version)[0]}/common.xsd".encode()
    # Every version of the exchange is there under its own path: who validates by 1.0 goes on doing
    # so.
    for exchange_version in exchange_versions():
        exchange = f"exchange/{exchange_version}"
        for path in exchange_files(exchange_version):
            text = path.read_bytes().replace(common, f"{credit}/{CREDIT_ALL}".encode())
            files[f"{exchange}/{path.name}"] = text
        names = (path.name for path in exchange_files(exchange_version))
        files[f"{exchange}/{EXCHANGE_ALL}"] = _including(_EXCHANGE_NS, names)
    files[root_name(version)] = _importing(
        (_CREDIT_NS, f"{credit}/{CREDIT_ALL}"), (_EXCHANGE_NS, f"{exchange}/{EXCHANGE_ALL}")
    )
    return files


def _including(namespace: str, names: Iterable[str]) -> bytes:
    """Write a schema of all files of a namespace: a new record kind is one new file, in no list."""
    lines = "\n".join(f'  <xs:include schemaLocation="{name}"/>' for name in names)
    return _schema(f' targetNamespace="{namespace}"', lines)


def _importing(*parts: tuple[str, str]) -> bytes:
    lines = "\n".join(
        f'  <xs:import namespace="{namespace}" schemaLocation="{path}"/>'
        for namespace, path in parts
    )
    return _schema("", lines)


def _schema(attributes: str, lines: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<xs:schema xmlns:xs="{_XS}"{attributes}>\n{lines}\n</xs:schema>\n'.encode()
