"""A version written out whole is used by tools that know nothing of ours."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import polars as pl
import pytest
import xmlschema
from lxml import etree

from gateway.documents.export import exported
from gateway.documents.genericode import genericode
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml, record_xml
from gateway.standard import NEWEST, VERSIONS, XmlRefusedError, load_gate, load_standard, parse_xml
from gateway.standard.codelists import code_list
from gateway.standard.samples import as_frame, sound, spoiled
from gateway.standard.schema_set import root_name
from tests.support.clock import NOW
from tests.support.command import in_this_process
from tests.support.places import SUPPORT

#: What its fixtures start or compile is started once.
pytestmark = pytest.mark.xdist_group("test_export")

DEBIAN_JARS = Path("/usr/share/java")
VALIDATE = SUPPORT / "java" / "Validate.java"
#: For programs of a second: without the compiler and the collector that pay off after minutes.
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
JDK = "com.sun.org.apache.xerces.internal.jaxp.validation.XMLSchemaFactory"
XERCES = "org.apache.xerces.jaxp.validation.XMLSchemaFactory"
#: Values of the header, each of which is right or wrong for every reader alike.
MOMENTS = [
    "2026-04-01T10:00:00+08:00",
    " 2026-04-01T10:00:00Z\n",
    "2026-04-01T10:00:00",
    "2026-04-01T24:00:00Z",
    "1899-12-31T23:59:59Z",
    "1900-02-29T00:00:00Z",
    "2999-12-31T23:59:59.999999999-14:00",
    "3000-01-01T00:00:00Z",
    "\u00a02026-04-01T10:00:00Z",
    "2026-04-01T10:00:00+14:01",
]
SEQUENCES = ["+5", "007", " 7 ", "0", "9007199254740992", "9007199254740993", "\u30007"]


def written(version: str, folder: Path) -> Path:
    """Write a version out and return its root schema."""
    for name, data in exported(version).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / root_name(version)


def documents(version: str, folder: Path) -> dict[str, bool]:
    """Write packages of every kind, sound, spoiled, at the edges; return what our gate says."""
    folder.mkdir()
    today = date(2026, 4, 1)
    packages: dict[str, bytes] = {}
    for name, kind in load_standard(version).kinds.items():
        rng = Random(name)
        for what, record in (
            ("sound", sound(kind, rng, today)),
            ("spoiled", spoiled(kind, rng, today).record),
        ):
            xml = record_xml(
                as_frame(kind, [record]), kind, pl.Series(["0" * 32]), pl.Series(["added"])
            )
            header = Header(
                f"{rng.getrandbits(128):032x}", "sample", "sample.feed", name, version, 1, NOW, 1
            )
            guid = f"{header.guid[:8]}-{header.guid[8:12]}-4000-8000-{header.guid[20:]}"
            packages[f"{name}.{what}.xml"] = package_xml(header, xml).replace(
                header.guid.encode(), guid.encode()
            )
    base = packages["TaxArrears.sound.xml"].decode()
    moment = base[base.index("<CreatedAt>") : base.index("</CreatedAt>")]
    for number, value in enumerate(MOMENTS):
        packages[f"moment.{number}.xml"] = base.replace(moment, f"<CreatedAt>{value}").encode()
    for number, value in enumerate(SEQUENCES):
        changed = base.replace("<Sequence>1<", f"<Sequence>{value}<")
        packages[f"sequence.{number}.xml"] = changed.encode()
    for name, data in packages.items():
        (folder / name).write_bytes(data)
    return {name: passes(data, version) for name, data in packages.items()}


def passes(data: bytes, version: str) -> bool:
    try:
        return load_gate(version).records(parse_xml(data)) == []
    except XmlRefusedError:
        return False


@pytest.fixture(scope="module")
def root_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the root schema of a version, which is written out once; tests only read it."""
    return cache(lambda version: written(version, tmp_path_factory.mktemp("standard")))


@pytest.fixture(scope="module")
def documents_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], tuple[Path, dict[str, bool]]]:
    """Return a version's documents, made once, and what our gate says; tests only read them."""

    @cache
    def of_version(version: str) -> tuple[Path, dict[str, bool]]:
        folder = tmp_path_factory.mktemp("of") / "documents"
        return folder, documents(version, folder)

    return of_version


@pytest.mark.parametrize("version", VERSIONS)
def test_an_exported_version_validates_in_lxml_and_xmlschema_as_plain_files(
    version: str, root_of: Callable[[str], Path]
) -> None:
    root = root_of(version)
    folder = root.parent / "credit" / version

    for path in (root, *folder.glob("*.xsd"), *root.parent.glob("exchange/*/*.xsd")):
        etree.XMLSchema(etree.parse(path))
    schema = xmlschema.XMLSchema10(sorted(str(path) for path in folder.glob("*.xsd")))
    names = {name.rpartition("}")[2] for name in schema.maps.elements}
    assert names >= load_standard(version).kinds.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_root_schema_leads_to_every_record_kind(
    version: str,
    root_of: Callable[[str], Path],
    documents_of: Callable[[str], tuple[Path, dict[str, bool]]],
) -> None:
    root = root_of(version)
    folder, verdicts = documents_of(version)

    for name in (root.name, "exchange/1.0/package.xsd", "exchange/1.1/package.xsd"):
        schema = xmlschema.XMLSchema10(str(root.parent / name))
        came = {
            path.name: bool(schema.is_valid(path.read_bytes()))
            for path in folder.iterdir()
            # It alone takes every blank of Unicode for white space.
            if "\u00a0" not in path.read_text("utf-8") and "\u3000" not in path.read_text("utf-8")
        }
        assert came == {name: verdicts[name] for name in came}


@pytest.fixture(scope="module")
def validate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the class that validates by a reader of Java's."""
    if shutil.which("javac") is None:
        pytest.skip("needs Debian's default-jdk-headless")
    folder = tmp_path_factory.mktemp("classes")
    flags = [f"-J{flag}" for flag in JAVA[1:]]
    subprocess.run(["javac", *flags, "-d", str(folder), str(VALIDATE)], check=True)
    return folder


@pytest.mark.parametrize("reader", ["the JDK's own", "Xerces-J"])
@pytest.mark.parametrize("version", VERSIONS)
def test_xerces_gives_the_verdicts_of_our_gate(
    version: str,
    reader: str,
    validate: Path,
    root_of: Callable[[str], Path],
    documents_of: Callable[[str], tuple[Path, dict[str, bool]]],
) -> None:
    jar = DEBIAN_JARS / "xercesImpl.jar"
    own = reader == "Xerces-J"
    if own and not jar.exists():
        pytest.skip("needs Debian's libxerces2-java")
    root = root_of(version)
    folder, verdicts = documents_of(version)
    classes = f"{validate}:{jar}" if own else str(validate)
    schemas = [root.name, "exchange/1.1/package.xsd"]
    paths = [str(root.parent / name) for name in schemas]
    command = [
        *JAVA,
        "-cp",
        classes,
        "Validate",
        XERCES if own else JDK,
        str(folder),
    ]

    said = subprocess.run([*command, *paths], capture_output=True, text=True, check=True).stdout
    came = [line.split("\t") for line in said.splitlines()]
    for path in paths:
        by_path = {name: text for of, name, text in came if of == path}
        assert {name: text == "valid" for name, text in by_path.items()} == verdicts, by_path


def test_xsdata_makes_a_class_of_every_record_kind(
    root_of: Callable[[str], Path], tmp_path: Path
) -> None:
    if importlib.util.find_spec("xsdata") is None:
        pytest.skip("needs the Python package xsdata[cli]")
    root = root_of(NEWEST)
    binaries = [
        str(Path(sys.executable).parent),
        *(str(Path(p).parents[2] / "bin") for p in sys.path if p.endswith("site-packages")),
    ]
    environment = {**os.environ, "PATH": os.pathsep.join([*binaries, os.environ["PATH"]])}
    command = [sys.executable, "-m", "xsdata", "generate", str(root), "--package", "made"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)

    text = "\n".join(path.read_text("utf-8") for path in tmp_path.glob("made/**/*.py"))
    missing = [kind for kind in load_standard(NEWEST).kinds if f"class {kind}(" not in text]
    assert missing == []
    assert "class Package" in text


def test_xjc_makes_a_class_of_every_record_kind(
    root_of: Callable[[str], Path], tmp_path: Path
) -> None:
    names = (
        "jaxb-xjc",
        "jaxb-core",
        "jaxb-api",
        "jaxb-runtime",
        "istack-commons-tools",
        "istack-commons-runtime",
        "txw2",
        "dtd-parser",
        "rngom",
        "xsom",
        "relaxngDatatype",
        "codemodel",
        "javax.activation",
        "stax-ex",
        "FastInfoset",
    )
    jars = [DEBIAN_JARS / f"{name}.jar" for name in names]
    if shutil.which("java") is None or not all(jar.exists() for jar in jars):
        pytest.skip("needs Debian's default-jdk-headless and libjaxb-java")
    root = root_of(NEWEST)
    made = tmp_path / "made"
    made.mkdir()
    command = [
        *JAVA,
        "-cp",
        ":".join(map(str, jars)),
        "com.sun.tools.xjc.Driver",
        "-d",
        str(made),
        str(root),
    ]
    subprocess.run(command, capture_output=True, check=True)

    classes = {path.stem for path in made.glob("**/*.java")}
    assert classes >= {"Package", "Receipt", *load_standard(NEWEST).kinds}


def test_a_code_list_is_written_as_genericode_row_by_row() -> None:
    root = etree.fromstring(genericode(code_list("regions")))

    rows = [
        {value.get("ColumnRef"): value.findtext("SimpleValue") for value in row}
        for row in root.iterfind("SimpleCodeList/Row")
    ]
    assert len(rows) == len(code_list("regions").codes)
    assert {
        "code": "441381",
        "zh": "惠阳市",
        "firstListed": "1995-12",
        "lastListed": "2002-12",
        "successors": "441303",
    } in rows
    assert root.findtext("Identification/Agency/LongName") == "GB/T 2260"


def test_the_command_writes_the_folder_and_looks_a_code_up(tmp_path: Path) -> None:
    in_this_process("schema", "export", str(tmp_path), "--version", "1.0")
    result = in_this_process("schema", "codes", "regions", "--code", "441381", "--json")

    assert (tmp_path / "credit" / "1.0" / "common.xsd").exists()
    assert (tmp_path / "codes" / "PenaltyClass.gc").exists()
    assert '"441303"' in result.stdout
