"""Logins of SOAP services: header, HTTP Basic, a login operation; as documented."""

import json
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters import Batch, SourceRefusedError
from adapters.soap import SoapAdapter, SoapSettings
from adapters.transports.probe import LoginRefusedError
from gateway.cli import main
from tests.support.case_ways.soap import Service, enveloped, serving
from tests.support.closing import closed_later
from tests.support.places import CASES
from tests.support.tls import make_certificate

WSDL = CASES / "soap.wsdl"
SECRET = "made-up-S3CRET"
LIST = (
    '<listResponse xmlns="urn:made-up:list"><rows><row><id>1</id><name>惠</name></row></rows>'
    "</listResponse>"
)
LOGIN = '<loginResponse xmlns="urn:made-up:list"><token>token-7</token></loginResponse>'
NO_LOGIN = '<loginResponse xmlns="urn:made-up:list"/>'


def answer(body: str) -> tuple[int, str, bytes]:
    return 200, "text/xml; charset=utf-8", enveloped(body).encode()


def fetched(service: Service, **settings: Any) -> list[Batch]:
    values = {
        "wsdl": WSDL,
        "endpoint": service.url,
        "security": "none",
        "operation": "list",
        "paging": "none",
        "rows_path": "rows.row",
        "username": "us",
        "password": SECRET,
        **settings,
    }
    configured_adapter = closed_later(SoapAdapter(SoapSettings.model_validate(values)))
    assert SECRET not in repr(configured_adapter._settings)
    return [item for item in configured_adapter.fetch("") if isinstance(item, Batch)]


def test_a_header_of_net_goes_in_the_namespace_of_the_wsdl() -> None:
    header = {
        "MySoapHeader": {"UserName": "{username}", "PassWord": "{password}"},
        "{urn:other}Key": "k",
    }

    with serving([answer(LIST)]) as service:
        fetched(service, header=header)

    [asked] = service.asked
    assert (
        ':MySoapHeader xmlns:ns0="urn:made-up:list"' in asked
        or 'MySoapHeader xmlns="urn:made-up:list"' in asked
    )
    assert f":PassWord>{SECRET}</" in asked
    assert "urn:other" in asked


def test_http_basic_takes_any_character() -> None:
    with serving([answer(LIST)]) as service:
        fetched(service, security="basic", username="惠州", password="口令")

    expected = b64encode("惠州:口令".encode()).decode()
    assert service.headers[0]["Authorization"] == f"Basic {expected}"


def test_a_token_of_a_login_goes_with_each_call_and_so_do_cookies() -> None:
    login = {
        "login_operation": "login",
        "login_arguments": {"user": "{username}", "password": "{password}"},
        "login_path": "token",
        "arguments": {"token": "{login}"},
        "header": {"MySoapHeader": {"PassWord": "{login}"}},
        "http_headers": {"Authorization": "Bearer {login}", "X-Key": "{password}"},
    }

    with serving([answer(LOGIN), answer(LIST)]) as service:
        fetched(service, **login)

    first, second = service.asked
    assert SECRET in first
    assert "MySoapHeader" not in first
    assert "token-7</" in second
    assert "PassWord>token-7" in second
    assert service.headers[1]["Authorization"] == "Bearer token-7"
    assert "Authorization" not in service.headers[0]
    assert service.headers[1]["X-Key"] == SECRET
    assert service.headers[1]["Cookie"] == "session=0"


def test_a_login_without_a_token_is_for_a_person_and_the_list_is_not_asked_for() -> None:
    login = {
        "login_operation": "login",
        "login_arguments": {"user": "x", "password": "{password}"},
        "login_path": "token",
    }

    with (
        serving([answer(NO_LOGIN)]) as service,
        pytest.raises(SourceRefusedError, match="login_path"),
    ):
        fetched(service, **login)

    assert len(service.asked) == 1


def test_a_secret_that_a_service_repeats_is_not_told() -> None:
    fault = (
        f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{SECRET} is wrong</faultstring>"
        "</s:Fault>"
    )

    with serving([answer(fault)]) as service, pytest.raises(SourceRefusedError) as refused:
        fetched(service)

    assert SECRET not in str(refused.value)
    assert "*** is wrong" in refused.value.en


@pytest.mark.parametrize(
    "refusal",
    [
        (401, "text/plain", b"no"),
        answer(
            '<listResponse xmlns="urn:made-up:list"><code>403</code><msg>口令错误</msg>'
            "</listResponse>"
        ),
    ],
)
def test_a_password_that_was_refused_is_not_tried_until_the_account_is_locked(
    refusal: tuple[int, str, bytes],
) -> None:
    with serving([refusal] * 5) as service:
        values = {
            "wsdl": WSDL,
            "endpoint": service.url,
            "security": "none",
            "operation": "list",
            "paging": "none",
            "rows_path": "rows.row",
            "username": "us",
            "password": SECRET,
            "ok_path": "code",
            "ok_values": ["0"],
            "message_path": "msg",
        }
        configured_adapter = closed_later(SoapAdapter(SoapSettings.model_validate(values)))
        for _ in range(3):
            with pytest.raises(LoginRefusedError):
                list(configured_adapter.fetch(""))

    assert len(service.asked) == 1


def test_a_feed_with_a_password_is_registered_as_the_page_says_and_never_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A mapping that wants completing is written where the command is given.
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "gateway.yaml"
    (tmp_path / "password.txt").write_text(SECRET)
    with serving([answer(LIST)]) as service:
        address = {"url": "http://127.0.0.1:9", "token": "made-up"}
        settings.write_text(
            json.dumps(
                {
                    "store": f"sqlite:///{tmp_path / 'gate.db'}",
                    "catalogue": address,
                    "centre": address,
                    "adapters": [],
                    "at_rest": {"current": "k", "keys": {"k": b64encode(bytes(32)).decode()}},
                    "reach": {
                        "departments": {
                            "fund": {"networks": ["127.0.0.0/8"], "folders": [str(WSDL.parent)]}
                        }
                    },
                }
            )
        )
        command = [
            "adapter",
            "new",
            "fund.payment",
            "--why",
            "a reason",
            "--settings",
            str(settings),
            "--kind",
            "soap",
            "--set",
            f"wsdl={WSDL}",
            "--set",
            f"endpoint={service.url}",
            "--set",
            "username=creditgate",
            "--secret-file",
            "password",
            str(tmp_path / "password.txt"),
            "--set",
            "operation=list",
            "--set",
            "paging=none",
            "--set",
            "rows_path=rows.row",
        ]

        run = CliRunner().invoke(main, command)
        result = CliRunner().invoke(
            main, ["adapter", "show", "fund.payment", "--settings", str(settings)]
        )

    assert "2. 连接测试" in run.output, run.output
    assert "ok_path=code" in run.output
    assert "wsse:UsernameToken" in service.asked[0]
    assert SECRET not in run.output + result.output


def test_a_secret_that_no_http_header_can_hold_is_refused_and_not_repeated() -> None:
    with serving([answer(LIST)]) as service, pytest.raises(SourceRefusedError) as refused:
        fetched(service, http_headers={"X-Key": "{password}"}, password=f"{SECRET}\nX-Evil: 1")

    assert "http_headers" in refused.value.zh
    assert SECRET not in str(refused.value)
    assert service.asked == []


def test_a_certificate_that_nobody_vouches_for_is_for_a_person(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path, "service"))

    with serving([answer(LIST)]) as service:
        service.socket = context.wrap_socket(service.socket, server_side=True)
        service.url = service.url.replace("http:", "https:")
        with pytest.raises(SourceRefusedError, match="CERTIFICATE_VERIFY_FAILED") as refused:
            fetched(service)

    assert "HTTPSConnectionPool" not in str(refused.value)
