"""SOAP in its other kinds, over real HTTP: 1.2, rpc, paging, files, signatures, size."""

import base64
import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from flask import Response
from lxml import etree

from adapters import Batch, SourceRefusedError, SourceUnavailableError
from adapters.soap import SoapAdapter, SoapSettings
from adapters.soap_answers.signature import check_signature
from adapters.wsdl import open_service, operations
from gateway.clock import local_day, utc_now
from gateway.serving.server import WsgiServer
from tests.support.closing import closed_later
from tests.support.soap_registry import (
    SOAP11,
    SOAP12,
    WSDL,
    WSSE,
    WSU,
    R,
    Registry,
    argument,
    enveloped,
    numbered,
    row,
)
from tests.support.tls import make_certificate


@pytest.fixture
def serve() -> Iterator[Callable[..., Registry]]:
    servers = []

    def start(answer: Callable[[etree._Element], str | Response]) -> Registry:
        service = Registry(answer)
        server = WsgiServer(service.app()).start()
        servers.append(server)
        service.url = f"http://127.0.0.1:{server.port}/"
        return service

    yield start
    for server in servers:
        server.stop()


def adapter(service: Registry, **changes: Any) -> SoapAdapter:
    values = {
        "wsdl": WSDL,
        "endpoint": service.url,
        "binding": "Document12",
        "security": "none",
        "operation": "List",
        "paging": "none",
        "rows_path": "Rows.Row",
        "id_column": "Id",
        "timeout": 5,
    }
    return closed_later(SoapAdapter(SoapSettings.model_validate({**values, **changes})))


def batches(made: SoapAdapter, cursor: str = "") -> list[Batch]:
    return [item for item in made.fetch(cursor) if isinstance(item, Batch)]


@pytest.mark.parametrize(
    ("binding", "kind"),
    [
        ("Rpc11", "text/xml"),
        ("Rpc12", "application/soap+xml"),
        ("Document12", "application/soap+xml"),
    ],
)
def test_versions_and_styles_are_those_of_the_binding(serve: Any, binding: str, kind: str) -> None:
    service = serve(numbered)

    fetched = batches(
        adapter(
            service,
            binding=binding,
            paging="number",
            page_argument="Page",
            size_argument="Size",
            page_size=10,
        )
    )

    assert [b.rows.height for b in fetched] == [10, 10, 5]
    assert [b.last for b in fetched] == [False, False, True]
    assert fetched[0].refs.to_list()[:2] == ["1", "2"]
    assert fetched[0].rows.row(0, named=True) == {
        "Name": "惠1",
        "Amount": "0.10",
        "Where.Town": "州",
    }
    assert service.kinds[0].startswith(kind)
    assert etree.QName(service.asked[0]).namespace == (SOAP11 if binding == "Rpc11" else SOAP12)


def test_pages_that_end_exactly_still_end(serve: Any) -> None:
    fetched = batches(
        adapter(
            serve(numbered),
            paging="number",
            page_argument="Page",
            size_argument="Size",
            page_size=5,
        )
    )

    assert [b.last for b in fetched] == [False] * 4 + [True]


def test_days_are_asked_window_by_window_and_looked_back_at(serve: Any) -> None:
    service = serve(lambda called: f"<r:ListResponse><r:Rows>{row(1)}</r:Rows></r:ListResponse>")
    today = local_day(utc_now())
    first = today - timedelta(days=10)
    configured_adapter = adapter(
        service,
        paging="date",
        from_argument="From",
        to_argument="To",
        date_format="%Y%m%d",
        first_day=first,
        window_days=7,
        overlap_days=2,
    )

    fetched = batches(configured_adapter)
    asked = [(argument(c, "From"), argument(c, "To")) for c in service.asked]
    batches(configured_adapter, fetched[-1].cursor)
    again = [(argument(c, "From"), argument(c, "To")) for c in service.asked[len(asked) :]]

    def day(number: int) -> str:
        return f"{first + timedelta(days=number):%Y%m%d}"

    assert asked == [(day(0), day(6)), (day(7), day(10))]
    assert [b.cursor for b in fetched] == [f"{first + timedelta(days=6)}", f"{today}"]
    assert again == [(day(8), day(10))]


CSV = "Name,Amount\n惠,1\n州,2\n".encode("gb18030")


@pytest.mark.parametrize("way", ["base64", "mtom", "text"])
def test_a_file_in_an_answer_is_read_in_its_format(serve: Any, way: str) -> None:
    packed = gzip.compress(CSV)
    inner = {
        "base64": base64.encodebytes(packed).decode(),
        "mtom": (
            '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:file@made-up"/>'
        ),
        "text": "Name,Amount\n惠,1\n州,2\n",
    }[way]

    def answer(called: etree._Element) -> str | Response:
        body = f"<r:ListResponse><r:File>{inner}</r:File></r:ListResponse>"
        if way != "mtom":
            return body
        root = enveloped(body, called).encode()
        parts = b"--BOUND\r\nContent-Type: application/xop+xml\r\nContent-ID: <root>\r\n\r\n" + root
        parts += (
            (
                b"\r\n--BOUND\r\nContent-Type: application/octet-stream\r\nContent-ID: "
                b"<file@made-up>\r\n\r\n"
            )
            + packed
            + b"\r\n--BOUND--\r\n"
        )
        return Response(
            parts,
            content_type='multipart/related; type="application/xop+xml"; '
            'boundary="BOUND"; start="<root>"',
        )

    plain = {"format_settings": {"encoding": "utf-8"}} if way == "text" else {"packed": "gzip"}
    [batch] = batches(adapter(serve(answer), rows_path="", id_column="", file_path="File", **plain))

    assert batch.rows.rows() == [("惠", "1"), ("州", "2")]
    assert batch.refs.to_list() == ["2", "3"]


@pytest.mark.parametrize(
    ("security", "kind"), [("text", "PasswordText"), ("digest", "PasswordDigest"), ("none", None)]
)
def test_the_login_goes_as_the_settings_say(serve: Any, security: str, kind: str | None) -> None:
    service = serve(lambda _: f"<r:ListResponse><r:Rows>{row(1)}</r:Rows></r:ListResponse>")
    batches(adapter(service, security=security, username="creditgate", password="made-up-password"))
    types = [
        str(one.get("Type", "")).rpartition("#")[2]
        for one in service.asked[0].iter(f"{{{WSSE}}}Password")
    ]

    assert types == ([] if kind is None else [kind])
    assert (b"made-up-password" in etree.tostring(service.asked[0])) == (security == "text")


@pytest.mark.parametrize("href", ["file:///etc/passwd", "http://127.0.0.1:9/x", "cid:not-there"])
def test_an_attachment_that_lies_elsewhere_is_not_read(serve: Any, href: str) -> None:
    include = f'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="{href}"/>'
    service = serve(lambda _: f"<r:ListResponse><r:File>{include}</r:File></r:ListResponse>")

    with pytest.raises(SourceRefusedError, match="no part of it"):
        batches(adapter(service, rows_path="", id_column="", file_path="File"))


@pytest.mark.parametrize(
    "data",
    [b"--B\r\n\r\nx", b"--B\r\n\r\n" * 200 + b"--B--", b"no boundary at all"],
    ids=["cut off", "a flood of parts", "none"],
)
def test_a_multipart_answer_that_is_none_is_told(serve: Any, data: bytes) -> None:
    service = serve(lambda _: Response(data, content_type='multipart/related; boundary="B"'))

    with pytest.raises(SourceUnavailableError):
        batches(adapter(service))


def test_a_nil_is_empty_and_an_element_that_the_wsdl_has_not_is_a_row_fault(serve: Any) -> None:
    nil = (
        '<r:Row><r:Id>1</r:Id><r:Name xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
        'i:nil="true"/></r:Row>'
    )
    other = "<r:Row><r:Id>2</r:Id><r:Name>x</r:Name><r:New>y</r:New></r:Row>"
    [batch] = batches(
        adapter(serve(lambda _: f"<r:ListResponse><r:Rows>{nil}{other}</r:Rows></r:ListResponse>"))
    )

    assert batch.rows.columns == ["Name", "Amount", "Where.Town"]
    assert batch.rows["Name"].to_list() == [None, "x"]
    assert [(fault.row, fault.rule) for fault in batch.faults] == [(1, "format.row")]


@pytest.mark.parametrize(
    ("code", "kind"), [("Sender", SourceRefusedError), ("Receiver", SourceUnavailableError)]
)
def test_faults_of_soap_1_2_are_told_apart(serve: Any, code: str, kind: type[Exception]) -> None:
    service = serve(
        lambda _: (
            f"<s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code><s:Reason>"
            "<s:Text>no</s:Text></s:Reason></s:Fault>"
        )
    )

    with pytest.raises(kind, match=code):
        batches(adapter(service))


def test_a_fault_is_one_whatever_the_status_says(serve: Any) -> None:
    with pytest.raises(SourceUnavailableError, match="failed"):
        batches(
            adapter(
                serve(
                    lambda _: (
                        "<s:Fault><faultcode>Server</faultcode><faultstring>no</faultstring>"
                        "</s:Fault>"
                    )
                ),
                binding="Rpc11",
                arguments={"Page": 1, "Size": 1},
            )
        )


def test_a_wsdl_says_what_there_is_to_choose() -> None:
    client, service = open_service(
        WSDL, "http://127.0.0.1:9/", timeout=1, max_bytes=1, binding="Document12"
    )
    [described] = operations(service)
    client.transport.session.close()

    assert described.arguments == ("From", "To", "Page", "Size")
    assert described.rows == {"Rows.Row": ("Id", "Name", "Amount", "Where.Town")}


def test_a_binding_that_the_wsdl_has_not_is_named(serve: Any) -> None:
    with pytest.raises(SourceRefusedError, match="Rpc11, Rpc12, Document12"):
        batches(adapter(serve(numbered), binding="Rest"))


# --- X.509 --------------------------------------------------------------------------------------


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("us", "them", "stranger"):
        make_certificate(tmp_path, name, rsa=True)
    return tmp_path


def signed(body: str, folder: Path, signer: str, created: datetime | None = None) -> bytes:
    """Sign an envelope's Body and Timestamp as a careful service does."""
    moment = (created or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        f'<s:Envelope xmlns:s="{SOAP12}" xmlns:r="{R}" xmlns:u="{WSU}"><s:Header><w:Security '
        f'xmlns:w="{WSSE}">'
        f'<u:Timestamp u:Id="T"><u:Created>{moment}</u:Created></u:Timestamp></w:Security>'
        "</s:Header>"
        f'<s:Body u:Id="B">{body}</s:Body></s:Envelope>'
    )
    root = etree.fromstring(text)
    security = root.find(f".//{{{WSSE}}}Security")
    signature = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256
    )
    security.append(signature)
    for one in ("B", "T"):
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri=f"#{one}"
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(
        str(folder / f"{signer}.key"), xmlsec.constants.KeyDataFormatPem
    )
    for element in root.iter():
        if element.get(f"{{{WSU}}}Id"):
            context.register_id(element, "Id", WSU)
    context.sign(signature)
    return etree.tostring(root)


BODY = f"<r:ListResponse><r:Rows>{row(1)}</r:Rows></r:ListResponse>"


def test_requests_are_signed_and_signed_answers_taken(serve: Any, keys: Path) -> None:
    service = serve(
        lambda _: Response(signed(BODY, keys, "them"), content_type="application/soap+xml")
    )
    configured_adapter = adapter(
        service,
        security="signature",
        key=keys / "us.key",
        certificate=keys / "us.pem",
        server_certificate=keys / "them.pem",
    )

    [batch] = batches(configured_adapter)
    asked = etree.tostring(service.asked[0])

    assert batch.rows.height == 1
    # What we sent stands the same test as what we are sent, by the other key.
    check_signature(asked, keys / "us.pem")
    with pytest.raises(SourceRefusedError, match="does not match"):
        check_signature(asked, keys / "them.pem")


def test_answers_that_only_look_signed_are_refused(keys: Path) -> None:
    good = signed(BODY, keys, "them")
    body = good[good.index(b"<s:Body") : good.index(b"</s:Envelope>")]
    wrapped = good.replace(body, b'<s:Body u:Id="X"><r:ListResponse/></s:Body>').replace(
        b"</w:Security>", b"<w:Old>" + body + b"</w:Old></w:Security>"
    )
    twice = good.replace(body, b'<s:Body u:Id="B"><r:ListResponse/></s:Body>').replace(
        b"</w:Security>", b"<w:Old>" + body.replace(b"s:Body", b"s:Bodx") + b"</w:Old></w:Security>"
    )
    cases = {
        "changed": good.replace("惠1".encode(), "惠2".encode()),
        "unsigned": b"<s:Envelope xmlns:s='%s'><s:Body/></s:Envelope>" % SOAP12.encode(),
        "another's": signed(BODY, keys, "stranger"),
        "old": signed(BODY, keys, "them", datetime.now(UTC) - timedelta(hours=1)),
        "future": signed(BODY, keys, "them", datetime.now(UTC) + timedelta(hours=1)),
        "wrapped": wrapped,
        "an Id twice": twice,
        "weak": good.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256"),
        "with a DTD": b"<!DOCTYPE x []>" + good,
        "cut off": good[:-20],
    }
    if isinstance(cases["changed"], bytes) and cases["changed"] == good:
        # The serializer wrote characters as references.
        cases["changed"] = good.replace(b"0.10", b"9.10")
    for name, data in cases.items():
        with pytest.raises(SourceRefusedError, match="not to be trusted"):
            check_signature(data, keys / "them.pem")
        assert name
