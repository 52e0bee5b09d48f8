"""Whom a client of ours trusts: the usual authorities, or those of the settings alone."""

import ssl
from pathlib import Path

from pydantic import SecretStr

from gateway.http_client import trust
from gateway.settings.model import Endpoint
from tests.support.tls import make_certificate


def endpoint(**settings: object) -> Endpoint:
    return Endpoint(url="https://centre.invalid", token=SecretStr("made-up"), **settings)  # type: ignore[arg-type]


def test_where_no_certificates_are_named_all_clients_trust_the_usual_authorities() -> None:
    first, second = trust(endpoint()), trust(endpoint())

    assert first is second
    assert (first.verify_mode, first.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(first.get_ca_certs()) > 50


def test_where_certificates_are_named_they_alone_are_trusted_and_by_that_client_alone(
    tmp_path: Path,
) -> None:
    certificate, _ = make_certificate(tmp_path, "authority")

    own = trust(endpoint(ca=certificate))

    assert own is not trust(endpoint())
    assert own is not trust(endpoint(ca=certificate))
    assert (own.verify_mode, own.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(own.get_ca_certs()) <= 1
