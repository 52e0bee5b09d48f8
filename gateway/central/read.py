"""Reads a validated package into columns: one pass of libxslt, then text to columns. Pure."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

import polars as pl
from lxml import etree

from gateway.standard import Kind, load_standard
from gateway.standard.fields import CREDIT_NS, EXCHANGE_NS
from gateway.standard.header import Header

_E = f"{{{EXCHANGE_NS}}}"
_XSL = "http://www.w3.org/1999/XSL/Transform"
#: What stands before a record's fields on its line.
MARKS = ("#key", "#element", "#change")


def read_header(root: etree._Element) -> Header:
    """Read the header of a package that the XSD has passed."""
    text = {child.tag.removeprefix(_E): (child.text or "").strip() for child in root[0]}
    return Header(
        text["PackageGuid"], text["Department"], text["Feed"], text["RecordKind"],
        text["SchemaVersion"], int(text["Sequence"]),
        datetime.fromisoformat(text["CreatedAt"]), int(text["RecordCount"]),
    )  # fmt: skip


def read_lines(root: etree._Element, kind: Kind) -> list[str]:
    """Write each record of the body as one line: key, element, change, then every field.

    Fields are in schema order with a tab between and "" where absent; white space is collapsed
    as xs:token says, so that neither a tab nor a line feed is left inside.
    """
    text = str(_stylesheet(kind.name)(root))
    return text.split("\n")[:-1]


def read_columns(lines: list[str], kind: Kind, wanted: Collection[str]) -> pl.DataFrame:
    """Put lines into text columns, null where empty: MARKS and those of the kind's fields wanted."""
    names = [*MARKS, *kind.field_names]
    return pl.read_csv(
        "\n".join(lines).encode(),
        separator="\t",
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        columns=[n for n, name in enumerate(names) if name in MARKS or name in wanted],
        quote_char=None,
    )


def prepare_stylesheets() -> None:
    """Compile the stylesheet of every record kind, so that no request has to."""
    for name in load_standard().kinds:
        _stylesheet(name)


@cache
def _stylesheet(kind_name: str) -> etree.XSLT:
    fields = "".join(
        f'<xsl:text>&#9;</xsl:text><xsl:value-of select="normalize-space(c:{name})"/>'
        for name in load_standard().kind(kind_name).field_names
    )
    text = (
        f'<xsl:stylesheet version="1.0" xmlns:xsl="{_XSL}" xmlns:e="{EXCHANGE_NS}" xmlns:c="{CREDIT_NS}">'
        '<xsl:output method="text"/><xsl:template match="/"><xsl:for-each select="e:Package/e:Body/*">'
        '<xsl:value-of select="normalize-space(@key)"/><xsl:text>&#9;</xsl:text>'
        '<xsl:value-of select="local-name()"/><xsl:text>&#9;</xsl:text>'
        f'<xsl:value-of select="normalize-space(@change)"/>{fields}<xsl:text>&#10;</xsl:text>'
        "</xsl:for-each></xsl:template></xsl:stylesheet>"
    )
    return etree.XSLT(etree.fromstring(text), access_control=etree.XSLTAccessControl.DENY_ALL)
