"""Schemas of well-known namespaces that toolkits import without bringing them:
written for here, minimal.

They say as much as is needed to read a WSDL that refers to them; nothing is ever fetched for them.
"""

_XSD = "http://www.w3.org/2001/XMLSchema"
SOAP_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
SOAP12_ENCODING = "http://www.w3.org/2003/05/soap-encoding"
_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_OLD_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_XMIME = "http://www.w3.org/2005/05/xmlmime"
_XOP = "http://www.w3.org/2004/08/xop/include"
_XML = "http://www.w3.org/XML/1998/namespace"
_APACHE = "http://xml.apache.org/xml-soap"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_ENVELOPE12 = "http://www.w3.org/2003/05/soap-envelope"

#: Simple types of XML Schema that SOAP encoding repeats under its own name.
_SIMPLE = (
    "string",
    "boolean",
    "float",
    "double",
    "decimal",
    "duration",
    "dateTime",
    "time",
    "date",
    "gYearMonth",
    "gYear",
    "gMonthDay",
    "gDay",
    "gMonth",
    "hexBinary",
    "base64Binary",
    "anyURI",
    "QName",
    "normalizedString",
    "token",
    "language",
    "Name",
    "NMTOKEN",
    "NCName",
    "ID",
    "IDREF",
    "ENTITY",
    "integer",
    "nonPositiveInteger",
    "negativeInteger",
    "long",
    "int",
    "short",
    "byte",
    "nonNegativeInteger",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
    "positiveInteger",
)


def _schema(namespace: str, inner: str, qualified: bool = True) -> bytes:
    form = ' elementFormDefault="qualified"' if qualified else ""
    return (
        f'<xs:schema xmlns:xs="{_XSD}" xmlns:t="{namespace}" targetNamespace="{namespace}"{form}>'
        f"{inner}</xs:schema>"
    ).encode()


def _encoding(namespace: str, size: str) -> bytes:
    """Return the schema of SOAP encoding: arrays, and the simple types under its own name."""
    simple = "".join(
        f'<xs:simpleType name="{name}"><xs:restriction base="xs:{name}"/></xs:simpleType>'
        f'<xs:element name="{name}" type="xs:{name}" nillable="true"/>'
        for name in _SIMPLE
    )
    return _schema(
        namespace,
        '<xs:attribute name="arrayType" type="xs:string"/>'
        f'<xs:attribute name="{size}" type="xs:string"/>'
        '<xs:attribute name="itemType" type="xs:QName"/>'
        '<xs:attribute name="offset" type="xs:string"/>'
        '<xs:attribute name="position" type="xs:string"/>'
        '<xs:attribute name="root" type="xs:boolean"/>'
        '<xs:attributeGroup name="commonAttributes"><xs:attribute name="id" type="xs:ID"/>'
        '<xs:attribute name="href" type="xs:anyURI"/>'
        '<xs:anyAttribute namespace="##other" processContents="lax"/>'
        "</xs:attributeGroup>"
        '<xs:attributeGroup name="arrayAttributes"><xs:attribute ref="t:arrayType"/>'
        '<xs:attribute ref="t:offset"/>'
        "</xs:attributeGroup>"
        '<xs:attributeGroup name="arrayMemberAttributes"><xs:attribute ref="t:position"/>'
        "</xs:attributeGroup>"
        '<xs:group name="Array"><xs:sequence>'
        '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence></xs:group>"
        '<xs:complexType name="Array"><xs:group ref="t:Array" minOccurs="0"/>'
        '<xs:attributeGroup ref="t:arrayAttributes"/><xs:attributeGroup ref="t:commonAttributes"/>'
        "</xs:complexType>"
        '<xs:element name="Array" type="t:Array"/>'
        '<xs:group name="Struct"><xs:sequence>'
        '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence></xs:group>"
        '<xs:complexType name="Struct"><xs:group ref="t:Struct" minOccurs="0"/>'
        '<xs:attributeGroup ref="t:commonAttributes"/></xs:complexType>'
        '<xs:element name="Struct" type="t:Struct"/>'
        '<xs:simpleType name="base64"><xs:restriction base="xs:base64Binary"/></xs:simpleType>'
        + simple,
        qualified=False,
    )


def _addressing(namespace: str) -> bytes:
    uris = "".join(
        f'<xs:element name="{name}" type="t:AttributedURIType"/>'
        for name in ("MessageID", "To", "Action", "Address")
    )
    ends = "".join(
        f'<xs:element name="{name}" type="t:EndpointReferenceType"/>'
        for name in ("EndpointReference", "From", "ReplyTo", "FaultTo")
    )
    return _schema(
        namespace,
        '<xs:complexType name="AttributedURIType"><xs:simpleContent><xs:extension base="xs:anyURI">'
        '<xs:anyAttribute namespace="##other" processContents="lax"/></xs:extension>'
        "</xs:simpleContent></xs:complexType>"
        '<xs:complexType name="AttributedURI"><xs:simpleContent><xs:extension base="xs:anyURI"/>'
        "</xs:simpleContent></xs:complexType>"
        '<xs:complexType name="RelatesToType"><xs:simpleContent><xs:extension base="xs:anyURI">'
        '<xs:attribute name="RelationshipType" type="xs:anyURI"/></xs:extension></xs:simpleContent>'
        "</xs:complexType>"
        '<xs:element name="RelatesTo" type="t:RelatesToType"/>'
        '<xs:complexType name="EndpointReferenceType"><xs:sequence>'
        '<xs:element name="Address" type="t:AttributedURIType"/>'
        '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence></xs:complexType>"
        '<xs:complexType name="ReferenceParametersType"><xs:sequence>'
        '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence></xs:complexType>"
        '<xs:element name="ReferenceParameters" type="t:ReferenceParametersType"/>'
        '<xs:complexType name="MetadataType"><xs:sequence>'
        '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence></xs:complexType>"
        '<xs:element name="Metadata" type="t:MetadataType"/>' + uris + ends,
    )


def _envelope(namespace: str) -> bytes:
    anything = (
        "<xs:sequence>"
        '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence>"
        '<xs:anyAttribute namespace="##any" processContents="lax"/>'
    )
    return _schema(
        namespace,
        '<xs:attribute name="mustUnderstand" type="xs:string"/>'
        '<xs:attribute name="actor" type="xs:anyURI"/>'
        '<xs:attribute name="role" type="xs:anyURI"/><xs:attribute name="relay" type="xs:boolean"/>'
        '<xs:attribute name="encodingStyle" type="xs:anyURI"/>'
        '<xs:attributeGroup name="encodingStyle"><xs:attribute ref="t:encodingStyle"/>'
        "</xs:attributeGroup>"
        + "".join(
            f'<xs:complexType name="{name}">{anything}</xs:complexType>'
            f'<xs:element name="{name}" type="t:{name}"/>'
            for name in ("Header", "Body", "Fault", "Envelope")
        ),
    )


_XMIME_SCHEMA = _schema(
    _XMIME,
    '<xs:attribute name="contentType" type="xs:string"/>'
    '<xs:attribute name="expectedContentTypes" type="xs:string"/>'
    '<xs:complexType name="base64Binary"><xs:simpleContent><xs:extension base="xs:base64Binary">'
    '<xs:attribute ref="t:contentType"/></xs:extension></xs:simpleContent></xs:complexType>'
    '<xs:complexType name="hexBinary"><xs:simpleContent><xs:extension base="xs:hexBinary">'
    '<xs:attribute ref="t:contentType"/></xs:extension></xs:simpleContent></xs:complexType>',
)
_XOP_SCHEMA = _schema(
    _XOP,
    '<xs:complexType name="Include"><xs:sequence>'
    '<xs:any namespace="##other" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
    "</xs:sequence>"
    '<xs:attribute name="href" type="xs:anyURI" use="required"/></xs:complexType>'
    '<xs:element name="Include" type="t:Include"/>',
)
_XML_SCHEMA = (
    f'<xs:schema xmlns:xs="{_XSD}" targetNamespace="{_XML}">'
    '<xs:attribute name="lang" type="xs:string"/><xs:attribute name="space" type="xs:string"/>'
    '<xs:attribute name="base" type="xs:anyURI"/><xs:attribute name="id" type="xs:ID"/>'
    '<xs:attributeGroup name="specialAttrs">'
    '<xs:anyAttribute namespace="##any" processContents="lax"/>'
    "</xs:attributeGroup></xs:schema>"
).encode()
_APACHE_SCHEMA = _schema(
    _APACHE,
    '<xs:complexType name="mapItem"><xs:sequence>'
    '<xs:element name="key" type="xs:anyType" nillable="true"/>'
    '<xs:element name="value" type="xs:anyType" nillable="true"/></xs:sequence></xs:complexType>'
    '<xs:complexType name="Map"><xs:sequence>'
    '<xs:element name="item" type="t:mapItem" minOccurs="0" maxOccurs="unbounded"/>'
    "</xs:sequence></xs:complexType>"
    '<xs:complexType name="Vector"><xs:sequence>'
    '<xs:element name="item" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>'
    "</xs:sequence></xs:complexType>"
    '<xs:complexType name="DocumentFragment"><xs:sequence>'
    '<xs:any minOccurs="0" processContents="lax"/></xs:sequence></xs:complexType>',
    qualified=False,
)
#: Schemas by namespace.
SCHEMAS: dict[str, bytes] = {
    SOAP_ENCODING: _encoding(SOAP_ENCODING, "size"),
    SOAP12_ENCODING: _encoding(SOAP12_ENCODING, "arraySize"),
    _ADDRESSING: _addressing(_ADDRESSING),
    _OLD_ADDRESSING: _addressing(_OLD_ADDRESSING),
    _ENVELOPE: _envelope(_ENVELOPE),
    _ENVELOPE12: _envelope(_ENVELOPE12),
    _XMIME: _XMIME_SCHEMA,
    _XOP: _XOP_SCHEMA,
    _XML: _XML_SCHEMA,
    _APACHE: _APACHE_SCHEMA,
}
#: Addresses under which these schemas are published.
_PUBLISHED = {
    "www.w3.org/2001/xml.xsd": _XML,
    "www.w3.org/2001/03/xml.xsd": _XML,
    "www.w3.org/XML/1998/namespace": _XML,
    "www.w3.org/2005/08/addressing/ws-addr.xsd": _ADDRESSING,
    "www.w3.org/2006/03/addressing/ws-addr.xsd": _ADDRESSING,
    "schemas.xmlsoap.org/ws/2004/08/addressing/addressing.xsd": _OLD_ADDRESSING,
}


def builtin(url: str) -> bytes | None:
    """Return the built-in schema that an address or a namespace stands for;
    None where there is none.
    """
    address = url.partition("://")[2].rstrip("/")
    by_address = {name.partition("://")[2].rstrip("/"): name for name in SCHEMAS}
    namespace = by_address.get(address) or _PUBLISHED.get(address)
    return None if namespace is None else SCHEMAS[namespace]
