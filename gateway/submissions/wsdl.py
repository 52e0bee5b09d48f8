"""The WSDL of a feed's push service, generated from the standard. Pure.

It has one optional text element a field.
"""

from xml.sax.saxutils import escape

from gateway.standard import Kind

NAMESPACE = "urn:creditgate:push:1"


def push_wsdl(kind: Kind, address: str) -> bytes:
    """Return the WSDL (SOAP 1.1, document/literal) for records of a kind, served at an address.

    Every field is text and optional there: what is wrong with a record is its verdict, never a
    fault.
    """
    fields = "".join(
        f'<xs:element name="{field.name}" type="xs:string" minOccurs="0"><xs:annotation>'
        f"<xs:documentation>{escape(field.zh)} {escape(field.code)}</xs:documentation>"
        "</xs:annotation></xs:element>"
        for field in kind.fields
    )
    verdict = "".join(
        f'<xs:element name="{name}" type="xs:string"/>'
        for name in ("Row", "Verdict", "Field", "Rule", "ReasonZh", "ReasonEn")
    )
    operations = "".join(
        f'<wsdl:operation name="{name}"><wsdl:input message="p:{name}In"/>'
        f'<wsdl:output message="p:{name}Out"/></wsdl:operation>'
        for name in ("Submit", "Verdicts")
    )
    bound = "".join(
        f'<wsdl:operation name="{name}"><soap:operation soapAction="{NAMESPACE}#{name}"/>'
        '<wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output>'
        '<soap:body use="literal"/></wsdl:output></wsdl:operation>'
        for name in ("Submit", "Verdicts")
    )
    messages = "".join(
        f'<wsdl:message name="{name}In">'
        f'<wsdl:part name="parameters" element="p:{name}"/></wsdl:message>'
        f'<wsdl:message name="{name}Out">'
        f'<wsdl:part name="parameters" element="p:{name}Response"/></wsdl:message>'
        for name in ("Submit", "Verdicts")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"'
        ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
        f' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="{NAMESPACE}"'
        f' targetNamespace="{NAMESPACE}">'
        f"<wsdl:documentation>{escape(kind.zh)} / {escape(kind.en)}</wsdl:documentation>"
        f'<wsdl:types><xs:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">'
        f'<xs:complexType name="{kind.name}"><xs:sequence>{fields}</xs:sequence></xs:complexType>'
        '<xs:element name="Submit"><xs:complexType><xs:sequence>'
        '<xs:element name="SubmissionId" type="xs:string" minOccurs="0"/>'
        f'<xs:element name="{kind.name}" type="p:{kind.name}" maxOccurs="unbounded"/></xs:sequence>'
        '</xs:complexType></xs:element><xs:element name="SubmitResponse"><xs:complexType>'
        '<xs:sequence><xs:element name="Receipt" type="xs:string"/>'
        '<xs:element name="Rows" type="xs:int"/></xs:sequence></xs:complexType></xs:element>'
        '<xs:element name="Verdicts"><xs:complexType><xs:sequence>'
        '<xs:element name="Receipt" type="xs:string"/></xs:sequence></xs:complexType></xs:element>'
        '<xs:element name="VerdictsResponse"><xs:complexType><xs:sequence>'
        '<xs:element name="State" type="xs:string"/>'
        '<xs:element name="Item" minOccurs="0" maxOccurs="unbounded"><xs:complexType>'
        f"<xs:sequence>{verdict}</xs:sequence></xs:complexType></xs:element></xs:sequence>"
        f"</xs:complexType></xs:element></xs:schema></wsdl:types>{messages}"
        f'<wsdl:portType name="Push">{operations}</wsdl:portType>'
        '<wsdl:binding name="Push" type="p:Push">'
        f'<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{bound}'
        '</wsdl:binding><wsdl:service name="Push"><wsdl:port name="Push" binding="p:Push">'
        f'<soap:address location="{escape(address)}"/></wsdl:port></wsdl:service>'
        "</wsdl:definitions>\n"
    ).encode()
