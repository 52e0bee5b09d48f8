"""Departments that push by SOAP: ordinary clients, hostile ones, and what they are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import text
from zeep import Client
from zeep.exceptions import Fault
from zeep.transports import Transport

from gateway.exchange import restores
from gateway.exchange.restore_watch import begin
from gateway.text import Text
from outbox import writing
from tests.support import http_client
from tests.support.case_ways.submission import every_body
from tests.support.clock import NOW
from tests.support.push_gateway import (
    FEED,
    KIND,
    RECORDS,
    TOKEN,
    Gateway,
    ask,
    post,
    push_gateway,
    submit_body,
    whole,
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with push_gateway(tmp_path) as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("soap-1.2.xml", "soap:VersionMismatch"),
        ("must-understand.xml", "soap:MustUnderstand"),
        ("repeated-field.xml", "soap:Client"),
    ],
)
def test_a_fault_has_the_code_that_soap_gives_it(gateway: Gateway, name: str, code: str) -> None:
    [body] = [body for body in every_body() if body.path.name == name]

    assert f"<faultcode>{code}</faultcode>" in submit_body(gateway, body).text


@pytest.fixture
def soap(gateway: Gateway) -> Iterator[Client]:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    client = Client(f"{gateway.url}/push/{FEED}/soap?wsdl", transport=Transport(session=session))
    yield client
    session.close()


def test_an_ordinary_soap_client_submits_by_the_generated_wsdl_and_asks_for_verdicts(
    gateway: Gateway, soap: Client
) -> None:
    records = whole(
        [RECORDS[0], {**RECORDS[1], "DecisionDate": "不详"}, {**RECORDS[2], "DecisionDate": ""}]
    )

    receipt = soap.service.Submit(SubmissionId="S-1", **{KIND.name: records[1:]})
    gateway.exchange()
    verdicts = soap.service.Verdicts(Receipt=receipt["Receipt"])

    assert receipt["Rows"] == 2
    assert verdicts["State"] == "answered"
    assert [(v["Row"], v["Verdict"], v["Field"]) for v in verdicts["Item"]] == [
        ("1", "refused", "DecisionDate"),
        ("2", "refused", "DecisionDate"),
    ]
    assert "日期" in verdicts["Item"][0]["ReasonZh"]


def test_hostile_soap_is_a_fault_and_touches_nothing(gateway: Gateway, soap: Client) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/xml"}
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&x;</s:Body></s:Envelope>'
    for data in (bomb, b"<cut", b"<a/>"):
        answer = http_client.post(f"{gateway.url}/push/{FEED}/soap", content=data, headers=headers)
        assert answer.status_code == 500
        assert "soap:Client" in answer.text
    with pytest.raises(Fault, match="no receipt number"):
        soap.service.Verdicts(Receipt="not-there")


def test_every_door_tells_that_a_restore_has_lost_a_receipt(gateway: Gateway, soap: Client) -> None:
    receipt = post(gateway, RECORDS[:1]).json()["receipt"]
    with writing(gateway.engine) as connection:
        connection.execute(text("DELETE FROM submission"))
        begin(connection, Text("因", "why"), "-", [FEED], NOW)
    asked = ask(gateway, receipt)
    with pytest.raises(Fault, match="post the same rows again"):
        soap.service.Verdicts(Receipt=receipt)
    form = http_client.get(f"{gateway.url}/form/{FEED}/submissions/{receipt}", auth=("x", TOKEN))

    assert asked.status_code == 410
    assert asked.headers["Content-Type"].startswith("application/problem+json")
    assert asked.json()["status"] == 410
    assert "重新提交" in asked.json()["title"]
    assert (form.status_code, "重新提交" in form.text) == (410, True)
    with gateway.engine.connect() as connection:
        assert restores.after_restore(connection)[FEED].lost == (receipt,)
    again = post(gateway, RECORDS[:1]).json()["receipt"]
    with gateway.engine.connect() as connection:
        assert restores.after_restore(connection)[FEED].posted_again == 1
    assert ask(gateway, again).status_code == 200
