"""The XSD gate against documents that mean harm, and against ones that are merely wrong."""

import threading
import time

import pytest

from gateway.standard import XmlRefusedError, load_gate, parse_xml
from gateway.standard.xsd_reader import CREDIT_NS, EXCHANGE_NS

HEADER = (
    "<Header><PackageGuid>00000000-0000-4000-8000-000000000000</PackageGuid>"
    "<Department>demo</Department>"
    "<Feed>demo.feed</Feed><RecordKind>HousingFundPayment</RecordKind>"
    "<SchemaVersion>1.0</SchemaVersion>"
    "<Sequence>1</Sequence><CreatedAt>2026-04-01T08:00:00+08:00</CreatedAt>"
    "<RecordCount>2</RecordCount></Header>"
)
GOOD = f'<c:Withdrawal key="{"a" * 32}"/>'


def package(body: str, header: str = HEADER) -> bytes:
    return (
        f'<Package xmlns="{EXCHANGE_NS}" xmlns:c="{CREDIT_NS}">{header}<Body>{body}</Body>'
        "</Package>"
    ).encode()


HOSTILE = {
    "entity": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><a/>',
    "external DTD": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "bare DTD": b"<!DOCTYPE a><a/>",
    "utf-16 DTD": (
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    ).encode("utf-16"),
    "depth": b"<a>" * 100_000,
    "cut off": b"<a><b>",
    "no XML": b"\x00\x01\x02",
    "empty": b"",
    "text": "处罚".encode(),
    "lying encoding": '<?xml version="1.0" encoding="GB2312"?><a>龘</a>'.encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name: str) -> None:
    with pytest.raises(XmlRefusedError):
        parse_xml(HOSTILE[name])


_LAYERS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<!DOCTYPE a [<!ENTITY l0 "lol">{_LAYERS}]><a>&l11;</a>'.encode()


def test_a_billion_laughs_is_refused_at_once() -> None:
    start = time.monotonic()

    with pytest.raises(XmlRefusedError):
        parse_xml(BOMB)

    assert time.monotonic() - start < 1


def test_a_schema_location_or_an_xinclude_leads_nowhere() -> None:
    text = (
        f'<Package xmlns="{EXCHANGE_NS}" xmlns:c="{CREDIT_NS}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd">{HEADER}<Body>{GOOD}'
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname"/></Body>'
        "</Package>"
    )

    with pytest.raises(XmlRefusedError):
        load_gate().package(text.encode())


def test_a_sound_package_has_no_faults() -> None:
    _, faults = load_gate().package(package(GOOD))

    assert faults == []


def test_the_record_at_fault_is_named_and_the_others_stand() -> None:
    _, faults = load_gate().package(package(f'{GOOD}<c:Withdrawal key="short"/>{GOOD}'))

    assert [fault.index for fault in faults] == [1]


def test_a_value_in_a_fault_is_masked() -> None:
    secret = "441300199001011239"
    _, faults = load_gate().package(package(f'<c:Withdrawal key="{secret}"/>'))

    assert faults
    assert secret not in faults[0].message


BROKEN = {
    "bad GUID": package(GOOD, HEADER.replace("PackageGuid>0", "PackageGuid>X", 1)),
    "no header": package(GOOD, ""),
    "no records": package(""),
    "too many": package(GOOD, HEADER.replace("<RecordCount>2", "<RecordCount>1001")),
    "stray element": package(f"{GOOD}<stray/>"),
    "another document": f'<Receipt xmlns="{EXCHANGE_NS}"/>'.encode(),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_package_broken_outside_its_records_is_refused_whole(data: bytes) -> None:
    with pytest.raises(XmlRefusedError):
        load_gate().package(data)


def test_what_is_told_without_a_tree_is_what_the_tree_tells() -> None:
    gate = load_gate()
    sound = package(GOOD)
    wrong = [
        *HOSTILE.values(),
        *BROKEN.values(),
        package(f'{GOOD}<c:Withdrawal key="short"/>{GOOD}'),
        sound[:-20],
        b"<!DOCTYPE Package>" + sound,
        b'<!DOCTYPE Package [<!ENTITY x "y">]>' + sound,
        b"<!DOCTYPE Package SYSTEM 'file:///etc/hostname'>" + sound,
    ]

    assert gate.is_valid(sound)
    assert [data for data in wrong if gate.is_valid(data)] == []


def test_a_billion_laughs_does_not_pass_and_takes_no_time() -> None:
    start = time.monotonic()

    assert not load_gate().is_valid(BOMB)
    assert time.monotonic() - start < 1


def test_one_gate_serves_many_threads_and_explains_to_each_its_own_fault() -> None:
    gate, wrong = load_gate(), []

    def work(number: int) -> None:
        body = f'{GOOD}<c:Withdrawal key="{number}"/>'
        for _ in range(50):
            if gate.package(package(GOOD))[1] or [
                f.index for f in gate.package(package(body))[1]
            ] != [1]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
