"""WSDLs as strangers write them: opened, gathered for review, or refused in a sentence."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters import SourceRefusedError
from adapters.wsdl import described
from adapters.wsdl.builtin import SCHEMAS, builtin
from adapters.wsdl.gather import gather, over_http
from gateway.cli import main

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
HEAD = (
    '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
    'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
    f' {XS} xmlns:t="urn:t" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:enc12="http://www.w3.org/2003/05/soap-encoding" targetNamespace="urn:t">'
)
TYPES = (
    '<xs:element name="ask"><xs:complexType><xs:sequence><xs:element name="page" '
    'type="xs:int"/></xs:sequence></xs:complexType></xs:element>'
    '<xs:element name="askResponse"><xs:complexType><xs:sequence><xs:element name="row" '
    'maxOccurs="unbounded"><xs:complexType>'
    '<xs:sequence><xs:element name="id" type="xs:string"/></xs:sequence></xs:complexType>'
    "</xs:element></xs:sequence></xs:complexType></xs:element>"
)
PORT = (
    '<wsdl:portType name="P"><wsdl:operation name="ask"><wsdl:input message="t:in"/><wsdl:output '
    'message="t:out"/></wsdl:operation></wsdl:portType>'
)
MESSAGES = (
    '<wsdl:message name="in"><wsdl:part name="p" {}/></wsdl:message>'
    '<wsdl:message name="out"><wsdl:part name="p" {}/></wsdl:message>'
)


def binding(style: str = "document", use: str = "literal", header: str = "") -> str:
    body = (
        f'<soap:body use="{use}"'
        + (
            ' namespace="urn:t" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
            if use == "encoded"
            else ""
        )
        + "/>"
    )
    return (
        f'<wsdl:binding name="B" type="t:P"><soap:binding style="{style}" '
        'transport="http://schemas.xmlsoap.org/soap/http"/>'
        '<wsdl:operation name="ask"><soap:operation soapAction=""/>'
        f"<wsdl:input>{body}{header}</wsdl:input><wsdl:output>{body}</wsdl:output>"
        "</wsdl:operation></wsdl:binding>"
    )


def wsdl(
    types: str = TYPES,
    messages: str = 'element="t:ask"|element="t:askResponse"',
    rest: str = PORT + binding(),
) -> str:
    schema = (
        f'<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">{types}</xs:schema>'
    )
    return (
        f"{HEAD}<wsdl:types>{schema}</wsdl:types>"
        f"{MESSAGES.format(*messages.split('|'))}{rest}</wsdl:definitions>"
    )


ARRAY = (
    '<xs:complexType name="Row"><xs:sequence><xs:element name="id" type="enc:string"/>'
    "</xs:sequence></xs:complexType>"
    '<xs:complexType name="Rows"><xs:complexContent><xs:restriction base="enc:Array">'
    '<xs:attribute ref="enc:arrayType" wsdl:arrayType="t:Row[]"/></xs:restriction>'
    "</xs:complexContent></xs:complexType>"
)
RPC = PORT + binding("rpc", "encoded")
OPENS = {
    "plain": (wsdl(), {"row": ("id",)}),
    "encoded, nothing imported": (
        wsdl(ARRAY, 'type="xs:int"|type="t:Rows"', RPC),
        {"p.*": ("id",)},
    ),
    "encoded, imported by name": (
        wsdl(
            '<xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>' + ARRAY,
            'type="xs:int"|type="t:Rows"',
            RPC,
        ),
        {"p.*": ("id",)},
    ),
    "encoded, imported by address": (
        wsdl(
            (
                '<xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/" '
                'schemaLocation="http://schemas.xmlsoap.org/soap/encoding/"/>'
            )
            + ARRAY,
            'type="xs:int"|type="t:Rows"',
            RPC,
        ),
        {"p.*": ("id",)},
    ),
    "encoded as in SOAP 1.2": (
        wsdl(
            '<xs:complexType name="Any"><xs:attribute ref="enc12:arraySize"/></xs:complexType>'
            + TYPES
        ),
        {"row": ("id",)},
    ),
    "arguments of any type": (
        wsdl('<xs:element name="ask"/><xs:element name="askResponse" type="xs:anyType"/>'),
        {},
    ),
    "arguments of a simple type": (
        wsdl(
            '<xs:element name="ask" type="xs:string"/><xs:element name="askResponse" '
            'type="xs:string"/>'
        ),
        {},
    ),
    "no answer": (
        wsdl(
            rest=PORT.replace('<wsdl:output message="t:out"/>', "")
            + binding().replace('<wsdl:output><soap:body use="literal"/></wsdl:output>', "")
        ),
        {},
    ),
    "types that hold themselves": (
        wsdl(
            '<xs:complexType name="N"><xs:sequence><xs:element name="n" type="t:N" '
            'minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType><xs:element '
            'name="ask" type="t:N"/><xs:element name="askResponse" type="t:N"/>'
        ),
        {"n": ("n.n.n.n.n.n.n.n.n",)},
    ),
    "an unbounded choice": (
        wsdl(
            TYPES.replace(
                '<xs:sequence><xs:element name="row" maxOccurs="unbounded">',
                '<xs:choice maxOccurs="unbounded"><xs:element name="row">',
            ).replace(
                "</xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>",
                "</xs:complexType></xs:element></xs:choice></xs:complexType></xs:element>",
            )
        ),
        {"row": ("id",)},
    ),
    "an attribute": (
        wsdl(
            TYPES.replace(
                "</xs:sequence></xs:complexType></xs:element></xs:sequence>",
                '</xs:sequence><xs:attribute name="k"/></xs:complexType></xs:element>'
                "</xs:sequence>",
            )
        ),
        {"row": ("@k", "id")},
    ),
}
REFUSED = {
    "no binding": (wsdl(rest=PORT), "no SOAP binding"),
    "a header message that is not there": (
        wsdl(rest=PORT + binding(header='<soap:header message="t:none" part="p" use="literal"/>')),
        "cannot be used",
    ),
    "a message that is not there": (
        wsdl(messages='element="t:none"|element="t:ask"'),
        "cannot be used",
    ),
    "a prefix that is not declared": (
        wsdl().replace('type="xs:int"', 'type="zz:int"'),
        "cannot be used",
    ),
    "a schema included without a place": (wsdl("<xs:include/>" + TYPES), "cannot be used"),
    "no XML": ("hello", "cannot be used"),
    "an empty file": ("", "cannot be used"),
    "a page": ("<html><body>Login</body></html>", "no SOAP binding"),
    "cut off": (wsdl()[:-30], "cannot be used"),
    "an import by address": (
        wsdl('<xs:import namespace="urn:x" schemaLocation="http://127.0.0.1:9/x.xsd"/>' + TYPES),
        "adapter wsdl gather",
    ),
    "an import of a file that is not there": (
        wsdl('<xs:import namespace="urn:x" schemaLocation="x.xsd"/>' + TYPES),
        "does not lie beside it",
    ),
    "an import from the folder above": (
        wsdl('<xs:import namespace="urn:x" schemaLocation="../x.xsd"/>' + TYPES),
        "not in its folder",
    ),
    "an import of a file of the machine": (
        wsdl('<xs:include schemaLocation="file:///etc/hostname"/>' + TYPES),
        "not in its folder",
    ),
    "an import by another way": (
        wsdl('<xs:import namespace="urn:x" schemaLocation="ftp://127.0.0.1/x.xsd"/>' + TYPES),
        "does not lie beside it",
    ),
    "a DTD": ('<!DOCTYPE a [<!ENTITY x "y">]>' + wsdl(), "cannot be used"),
}


@pytest.mark.parametrize("name", OPENS)
def test_a_wsdl_opens_and_says_what_its_rows_are(tmp_path: Path, name: str) -> None:
    text, rows = OPENS[name]
    (tmp_path / "a.wsdl").write_text(text)

    [[operation]] = described(tmp_path / "a.wsdl").values()

    assert operation.name == "ask"
    assert {path: columns for path, columns in operation.rows.items() if path in rows} == rows
    assert operation.rows if rows else not operation.rows


@pytest.mark.parametrize("name", REFUSED)
def test_a_wsdl_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    text, words = REFUSED[name]
    (tmp_path / "w").mkdir()
    (tmp_path / "x.xsd").write_text("<x/>")
    (tmp_path / "w" / "a.wsdl").write_text(text)

    run = CliRunner().invoke(main, ["adapter", "operations", str(tmp_path / "w" / "a.wsdl")])

    assert run.exit_code == 1
    assert isinstance(run.exception, SystemExit)
    assert words in run.output
    assert "Traceback" not in run.output
    with pytest.raises(SourceRefusedError) as refused:
        described(tmp_path / "w" / "a.wsdl")
    assert "\n" not in refused.value.zh + refused.value.en


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "x.xsd").write_text(f'<xs:schema {XS} targetNamespace="urn:x"/>')
    (tmp_path / "w" / "x.xsd").symlink_to(tmp_path / "x.xsd")
    (tmp_path / "w" / "a.wsdl").write_text(
        wsdl('<xs:import namespace="urn:x" schemaLocation="x.xsd"/>' + TYPES)
    )

    with pytest.raises(SourceRefusedError, match="not in its folder"):
        described(tmp_path / "w" / "a.wsdl")


@pytest.mark.parametrize("namespace", SCHEMAS)
def test_each_built_in_schema_can_be_imported(tmp_path: Path, namespace: str) -> None:
    text = wsdl(f'<xs:import namespace="{namespace}" schemaLocation="{namespace}"/>' + TYPES)
    (tmp_path / "a.wsdl").write_text(text)

    assert builtin(namespace) == SCHEMAS[namespace]
    assert described(tmp_path / "a.wsdl")["B"]


# --- gathering ------------------------------------------------------------------------------------


class _Files(BaseHTTPRequestHandler):
    files: dict[str, bytes]

    def do_GET(self) -> None:
        body = self.server.files.get(self.path)  # type: ignore[attr-defined]
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    server.files = {}  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", server.files  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def in_files(base: str, files: dict[str, bytes]) -> str:
    """Put a WSDL of three files on a site that refer to each other, as Metro and WCF do."""
    main_text = wsdl("").replace(
        '<xs:schema targetNamespace="urn:t" elementFormDefault="qualified"></xs:schema>',
        f'<xs:schema><xs:import namespace="urn:t" schemaLocation="{base}/s?xsd=1"/></xs:schema>',
    )
    files["/s?wsdl"] = main_text.encode()
    files["/s?xsd=1"] = (
        f'<xs:schema {XS} targetNamespace="urn:t" elementFormDefault="qualified"><xs:include '
        'schemaLocation="s?xsd=2"/></xs:schema>'
    ).encode()
    files["/s?xsd=2"] = (
        f'<xs:schema {XS} targetNamespace="urn:t" elementFormDefault="qualified"><xs:include '
        f'schemaLocation="{base}/s?xsd=1"/><xs:import '
        'namespace="http://schemas.xmlsoap.org/soap/encoding/" '
        f'schemaLocation="http://elsewhere.invalid/enc.xsd"/>{TYPES}</xs:schema>'
    ).encode()
    return f"{base}/s?wsdl"


def test_a_wsdl_in_several_files_is_gathered_and_opens(
    site: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    url = in_files(*site)
    folder = tmp_path / "reviewed"

    run = CliRunner().invoke(main, ["adapter", "wsdl", "gather", url, str(folder), "--json"])

    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    assert [file["name"] for file in document["files"]] == ["s.wsdl", "01-s.xsd", "02-s.xsd"]
    assert [file["url"] for file in document["files"]] == [
        url,
        f"{site[0]}/s?xsd=1",
        f"{site[0]}/s?xsd=2",
    ]
    assert all(len(file["sha256"]) == 64 for file in document["files"])
    [[operation]] = described(folder / "s.wsdl").values()
    assert operation.rows == {"row": ("id",)}
    assert not any(b"127.0.0.1" in path.read_bytes() for path in folder.iterdir())


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/s?xsd=2", None, "HTTP 404"),
        ("/s?xsd=2", b"<html", "could not be fetched"),
        ("/s?xsd=2", b'<!DOCTYPE a [<!ENTITY x "y">]><a/>', "DTD"),
        (
            "/s?xsd=2",
            (
                f'<xs:schema {XS}><xs:include schemaLocation="http://other.invalid/x.xsd"/>'
                "</xs:schema>"
            ).encode(),
            "--also other.invalid",
        ),
        (
            "/s?xsd=2",
            f'<xs:schema {XS}><xs:include schemaLocation="file:///etc/hostname"/></xs:schema>'.encode(),
            "--also",
        ),
    ],
)
def test_what_cannot_be_gathered_whole_is_not_gathered_at_all(
    site: tuple[str, dict[str, bytes]], tmp_path: Path, path: str, body: bytes | None, words: str
) -> None:
    url = in_files(*site)
    site[1].pop(path)
    if body is not None:
        site[1][path] = body

    with pytest.raises(SourceRefusedError, match=words):
        gather(url, tmp_path / "reviewed", frozenset(), over_http(5))

    assert not (tmp_path / "reviewed").exists()


def test_gathering_keeps_to_what_the_operator_lets_adapters_reach(
    site: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    service = {"url": "http://127.0.0.1:9", "token": "made-up"}
    settings = tmp_path / "gateway.yaml"
    settings.write_text(
        json.dumps({"store": "sqlite://", "catalogue": service, "centre": service, "adapters": []})
    )

    run = CliRunner().invoke(
        main,
        [
            "adapter",
            "wsdl",
            "gather",
            in_files(*site),
            str(tmp_path / "r"),
            "--settings",
            str(settings),
        ],
    )

    assert run.exit_code == 1
    assert "reach" in run.output
    assert not (tmp_path / "r").exists()


def test_a_folder_that_holds_something_is_not_written_into(
    site: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    (tmp_path / "old.wsdl").touch()

    with pytest.raises(SourceRefusedError, match="not empty"):
        gather(in_files(*site), tmp_path, frozenset(), over_http(5))
