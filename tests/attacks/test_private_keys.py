"""Whoever of the machine reads a private key's file, or has one put in another's place."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters import SourceRefusedError
from adapters.soap.settings import SoapSettings
from adapters.soap.signing import Signing as SoapSigning
from adapters.transports.ssh import SshSettings, _private_key
from gateway.central.centre import Centre, Terms
from gateway.destinations import Failed, Parcel, Settled, Signing
from gateway.protocol.signing import KeyRefusedError, load_signer, read_private
from gateway.settings.model import DestinationSettings
from tests.support.command import creditgate, in_this_process
from tests.support.keys import make_keys
from tests.support.packages import KEYS
from tests.support.senders import store_with_sender
from tests.support.soap_registry import WSDL
from tests.support.tls import make_certificate
from tests.support.two_senders import Two, guid_in, of, two_senders

EXPOSED = [0o640, 0o604, 0o660, 0o601]


@pytest.mark.parametrize("mode", EXPOSED)
def test_a_key_that_others_of_the_machine_reach_signs_nothing(tmp_path: Path, mode: int) -> None:
    make_keys(tmp_path, "c1")
    (tmp_path / "c1").chmod(mode)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "c1")

    for path in (tmp_path / "c1", link):
        with pytest.raises(KeyRefusedError, match="chmod 600"):
            load_signer("c1", path)
        with pytest.raises(KeyRefusedError, match="chmod 600"):
            read_private(path)


def test_a_centre_and_a_certificate_are_not_signed_by_a_key_that_others_reach(
    tmp_path: Path,
) -> None:
    make_keys(tmp_path, "c1")
    (tmp_path / "c1").chmod(0o644)
    url, key = f"sqlite:///{tmp_path / 'centre.db'}", str(tmp_path / "c1")
    store_with_sender(url)
    (tmp_path / "token").write_text("made-up-token-of-the-suite")

    served = creditgate(
        "central", "serve", "--store", url, "--port", "0", "--signing-key", "c1", key, code=1
    )
    judged = in_this_process(
        "conformance",
        "run",
        "--receiver",
        "http://127.0.0.1:9",
        "--token-file",
        str(tmp_path / "token"),
        "--key",
        key,
        "--certificate",
        str(tmp_path / "page.html"),
        code=1,
    )

    assert "chmod 600" in served.stderr
    assert "chmod 600" in judged.output
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("mode", EXPOSED)
def test_a_soap_key_that_others_of_the_machine_reach_signs_no_request(
    tmp_path: Path, mode: int
) -> None:
    certificate, key = make_certificate(tmp_path, "us", rsa=True)
    settings = SoapSettings.model_validate(
        {
            "wsdl": WSDL,
            "endpoint": "http://127.0.0.1:9/",
            "binding": "Document12",
            "security": "signature",
            "operation": "List",
            "paging": "none",
            "rows_path": "Rows.Row",
            "id_column": "Id",
            "key": key,
            "certificate": certificate,
        }
    )
    SoapSigning(settings)
    key.chmod(mode)

    with pytest.raises(SourceRefusedError, match="chmod 600"):
        SoapSigning(settings)


def test_an_sftp_key_file_that_others_reach_logs_in_nowhere(tmp_path: Path) -> None:
    key = tmp_path / "us"
    form = serialization.PrivateFormat.OpenSSH
    key.touch(mode=0o600)
    key.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        )
    )
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "username": "water",
        "private_key": key,
        "host_key": (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvQvZ8nq8w0M3X8Yk6y5w2m5b3qQ0w7b0q8w7n3m5aB"
        ),
    }
    settings = SshSettings.model_validate(values)
    assert _private_key(settings) is not None
    key.chmod(0o644)

    with pytest.raises(SourceRefusedError, match="chmod 600"):
        _private_key(settings)


# --- the centre's own key changes ----------------------------------------------------------------


def trusting(folder: Path, *names: str) -> Signing:
    keys = {name: folder / f"{name}.pub" for name in names}
    return Signing(DestinationSettings(trusted_keys=keys))


def test_a_centre_that_changed_its_key_is_believed_by_who_has_the_new_one_and_old_receipts_stay(
    tmp_path: Path,
) -> None:
    """It wants a restart: a file that is put in the place of its key changes nothing until then."""
    make_keys(tmp_path, "c1", "c2", "forged")
    two = two_senders(tmp_path, Terms("city", load_signer("c1", tmp_path / "c1")))
    xml = of("air")
    first = two.post("air", xml)
    (tmp_path / "c1.old").write_bytes((tmp_path / "c1").read_bytes())
    (tmp_path / "c1").write_bytes((tmp_path / "forged").read_bytes())
    meanwhile = two.post("air", xml)
    changed = Terms("city", load_signer("c2", tmp_path / "c2"))
    restarted = Two(two.engine, two.clock, Centre(two.engine, two.clock, changed))
    later = restarted.post("air", xml)
    two.engine.dispose()
    digest = hashlib.sha256(xml).hexdigest()
    parcel = Parcel(guid_in(xml), "environment.licence", 1, b"", digest, list(KEYS), None)

    def judged(answer: Any, *names: str) -> type:
        signature = answer.headers["Creditgate-Signature"]
        return type(trusting(tmp_path, *names).judge(parcel, answer.data, signature))

    assert [a.headers["Creditgate-Signature"].split()[1] for a in (first, meanwhile, later)] == [
        "c1",
        "c1",
        "c2",
    ]
    # While both are trusted nothing is lost; each is believed as long as it stands in the settings.
    assert [judged(a, "c1", "c2") for a in (first, meanwhile, later)] == [Settled] * 3
    assert [judged(a, "c1") for a in (first, later)] == [Settled, Failed]
    assert [judged(a, "c2") for a in (first, later)] == [Failed, Settled]
