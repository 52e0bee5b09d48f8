"""What the settings of a destination and a call of the SOAP service may say, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from gateway.central.app import create_app
from gateway.destinations import open_destination
from gateway.settings.model import SettingsError
from tests.support.clock import Clock
from tests.support.senders import centre_with
from tests.support.stores import centre_store
from tests.support.world import TOKEN


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "pigeon"}, "installed"),
        ({"url": "ftp://x", "token": "t"}, "url"),
        ({"url": "http://x"}, "token"),
        ({"kind": "sftp", "password": "canary"}, "host_key"),
    ],
)
def test_wrong_settings_are_named_and_never_shown(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        open_destination(settings)

    assert said in str(raised.value)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        (
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/><s:Body/>'
            b"</s:Envelope>"
        ),
    ],
)
def test_what_is_no_call_is_a_fault_of_the_caller(tmp_path: Path, body: bytes) -> None:
    centre = centre_store(tmp_path / "centre.db")
    client = create_app(centre_with(centre, Clock())).test_client()

    answer = client.post("/soap", data=body, headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 500
    assert b"soap:Client" in answer.data
    assert client.post("/soap", data=body).status_code == 401
    centre.dispose()


@pytest.mark.parametrize(
    "content", ["QUJD<x/>REVG", "QUJD\u3000REVG", "QUJD\u00a0REVG", "QUJD&#8232;REVG", "QUJD-REVG"]
)
def test_what_a_call_brings_is_read_whole_or_not_at_all(
    tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given Base64 with an element in it, or with what only Python calls white space."""
    centre = centre_store(tmp_path / "centre.db")
    client = create_app(centre_with(centre, Clock())).test_client()
    opened: list[object] = []
    monkeypatch.setattr(
        "gateway.central.intake.soap.receive.answer", lambda *given: opened.append(given)
    )
    call = (
        f'<c:SubmitPackage xmlns:c="urn:creditgate:centre:1"><c:Content>{content}</c:Content>'
        "</c:SubmitPackage>"
    )
    body = (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{call}</s:Body>'
        "</s:Envelope>"
    )

    answer = client.post("/soap", data=body.encode(), headers={"Authorization": f"Bearer {TOKEN}"})

    assert b"soap:Client" in answer.data
    assert opened == []
    centre.dispose()
