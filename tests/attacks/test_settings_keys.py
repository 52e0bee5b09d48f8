"""Keys and passwords of servers: sealed, sent where they belong, and repeated nowhere."""

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url

from adapters.files.ftps import FtpsAdapter, FtpsSettings
from adapters.files.sftp import SftpAdapter, SftpSettings
from gateway.registry import Definition, Registry
from gateway.settings.load import load_settings
from gateway.settings.reach import ReachSettings
from outbox import PayloadCipher
from tests.support import servers
from tests.support.clock import NOW
from tests.support.fetching import items

FEED = "water.penalty"
PASSWORD = "canary-password"
_SFTP = {"host": "sftp.water.invalid", "username": "gate", "host_key": "ssh-ed25519 AAAA"}


@pytest.fixture
def registry(engine: Engine, tmp_path: Path) -> Registry:
    reach = {"departments": {"water": {"networks": ["127.0.0.0/8"]}}}
    seal = PayloadCipher({"k1": bytes(range(32))}, "k1")
    return Registry(engine, seal, tmp_path, ReachSettings.model_validate(reach), lambda: NOW)


@pytest.mark.skipif(not Path("/usr/sbin/sshd").exists() or os.geteuid() != 0, reason="no OpenSSH")
@pytest.mark.parametrize("passphrase", ["", "made-up passphrase"])
def test_an_sftp_server_is_logged_in_to_by_a_key_that_is_a_sealed_secret(
    registry: Registry, tmp_path: Path, passphrase: str
) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.csv").write_text("name\nown-row\n")
    (drop / "a.csv.ok").touch()
    with servers.openssh(tmp_path) as ssh:
        if passphrase:
            command = ["ssh-keygen", "-q", "-p", "-N", passphrase, "-f", str(ssh.private_key)]
            subprocess.run(command, check=True, capture_output=True)
        settings = {
            "host": "127.0.0.1",
            "port": ssh.port,
            "username": "root",
            "settle": 0,
            "host_key": ssh.host_key,
            "folder": str(drop),
        }
        registry.create(Definition(feed=FEED, kind="sftp", settings=settings), "li", "a reason")
        key = ssh.private_key.read_text().replace("\n", "\r\n")
        registry.set_secret(FEED, "key_text", key, "li", "a reason")
        if passphrase:
            registry.set_secret(FEED, "passphrase", passphrase, "li", "a reason")
        steps = list(registry.test(FEED))

    assert "own-row" in str(steps[-1].sample)


def test_no_key_is_repeated_where_it_cannot_be_read() -> None:
    given = {**_SFTP, "host": "127.0.0.1", "port": 1, "key_text": "-----BEGIN canary-key-----"}
    adapter = SftpAdapter(SftpSettings.model_validate(given))

    with pytest.raises(Exception, match="key") as raised:
        list(items(adapter, ""))
    assert "canary" not in str(raised.value)


def test_the_stores_password_stands_in_the_secrets_file_and_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text(
        "store: postgresql+psycopg://gate:secret:store@db.example/gate\n"
        'catalogue: {url: "http://platform.example", token: made-up}\ncentre: {}\n'
    )
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text(json.dumps({"store": "canary@/:?#"}))
    secrets.chmod(0o600)

    settings = load_settings(tmp_path / "gateway.yaml")

    assert make_url(settings.store).password == "canary@/:?#"
    assert make_url(settings.store).host == "db.example"
    assert "canary" not in repr(settings)


def test_a_server_that_names_another_host_for_its_files_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = pytest.importorskip("pyftpdlib.handlers")
    monkeypatch.setattr(handlers.FTPHandler, "masquerade_address", "127.9.9.9")
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.csv").write_text("name\nown-row\n")
    (drop / "a.csv.ok").touch()
    connected: list[Any] = []
    plain = socket.create_connection

    def watched(address: Any, *more: Any, **options: Any) -> socket.socket:
        connected.append(address[0])
        return plain(address, *more, **options)

    with servers.ftps(drop, tmp_path, "gate", PASSWORD) as (port, certificate):
        monkeypatch.setattr(socket, "create_connection", watched)
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "username": "gate",
            "password": PASSWORD,
            "ca": certificate,
            "settle": 0,
            "folder": "/",
            "timeout": 5,
        }
        adapter = FtpsAdapter(FtpsSettings.model_validate(settings))
        found = list(items(adapter, ""))
        adapter.close()

    assert "own-row" in str(found)
    assert set(connected) == {"127.0.0.1"}
