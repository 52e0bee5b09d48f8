"""Another user of the machine reads files with secrets: settings, keys, arguments."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.secret_file import read_secret
from gateway.settings.load import load_settings
from gateway.settings.model import SettingsError
from tests.support.command import in_this_process


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_secret_file_that_others_can_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: int, told: bool
) -> None:
    file = tmp_path / "token"
    file.write_text("made-up-token-of-a-file\n")
    file.chmod(mode)

    assert read_secret(file) == "made-up-token-of-a-file"
    said = capsys.readouterr().err
    assert ("chmod 600" in said) == told
    assert "made-up-token" not in said


# --- secrets in the settings themselves -----------------------------------------------------------

#: Each secret of the settings, and of a kind or a centre, written into the file itself.
INLINE = {
    "store": {"store": "postgresql+psycopg://gate:hunter2-of-the-store@db/gate"},
    "catalogue.token": {"catalogue": {"url": "https://p.example", "token": "hunter2-made-up-1"}},
    "centre.token": {"centre": {"kind": "http", "url": "https://c.example", "token": "hunter2-x"}},
    "centre.url": {"centre": {"kind": "database", "url": "mysql+pymysql://u:hunter2@h/db"}},
    "at_rest.keys.k1": {"at_rest": {"current": "k1", "keys": {"k1": "aHVudGVyMg=="}}},
    "alerts.mail.password": {
        "alerts": {"mail": {"host": "m", "sender": "a@b", "to": ["a@b"], "password": "hunter2"}}
    },
    "alerts.webhooks.desk.secret": {
        "alerts": {
            "webhooks": {"desk": {"url": "https://d.example", "secret": "hunter2-made-up-1"}}
        }
    },
    "web.oidc.client_secret": {
        "web": {
            "public_url": "https://g.example",
            "oidc": {"issuer": "https://i.example", "client_id": "x", "client_secret": "hunter2"},
        }
    },
    "web.receipt_token": {"web": {"receipt_token": "hunter2-made-up-12"}},
    "web.api_tokens[0].token": {
        "web": {"api_tokens": [{"name": "a", "token": "hunter2-made-up-12", "rights": ["read"]}]}
    },
    "telemetry.headers.Authorization": {
        "telemetry": {"endpoint": "https://t.example", "headers": {"Authorization": "hunter2"}}
    },
    "adapters[0].settings.password": {
        "adapters": [
            {
                "feed": "water.penalty",
                "mapping": "m.yaml",
                "kind": "sftp",
                "settings": {"host": "h", "username": "u", "password": "hunter2"},
            }
        ]
    },
    "adapters[0].settings.url": {
        "adapters": [
            {
                "feed": "water.penalty",
                "mapping": "m.yaml",
                "kind": "not-installed",
                "settings": {"url": "https://h.example/rows?token=hunter2"},
            }
        ]
    },
}
#: Where it may stand instead.
REFERENCES: dict[str, Any] = {
    "store": "postgresql+psycopg://gate:secret:store@db/gate",
    "catalogue": {"url": "https://p.example", "token": "secret:catalogue"},
    "centre": {"kind": "http", "url": "https://c.example", "token": "secret:centre"},
}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter, as /etc/creditgate often is."""
    with tempfile.TemporaryDirectory(prefix="open-to-others-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        yield folder


def written(folder: Path, mode: int, **settings: Any) -> Path:
    path = folder / "gateway.yaml"
    path.write_text(json.dumps({**REFERENCES, **settings}))
    path.chmod(mode)
    secrets = folder / "secrets.yaml"
    secrets.write_text(json.dumps(dict.fromkeys(REFERENCES, "made-up-" * 3)))
    secrets.chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
@pytest.mark.parametrize("place", INLINE)
def test_a_secret_in_settings_that_others_can_read_is_refused_by_its_place(
    open_folder: Path, place: str, mode: int
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(open_folder, mode, **INLINE[place]))
    said = refused.value.text.en

    assert f" {place}." in said
    assert "chmod 600" in said
    assert "secret:NAME" in said
    assert "hunter2" not in said + refused.value.text.zh


def test_references_in_open_settings_and_secrets_in_private_ones_are_taken(
    open_folder: Path,
) -> None:
    assert load_settings(written(open_folder, 0o644)).store
    assert load_settings(written(open_folder, 0o600, **INLINE["catalogue.token"])).store
    # A folder that nobody else may enter keeps others from the file as well.
    open_folder.chmod(0o700)
    assert load_settings(written(open_folder, 0o644, **INLINE["catalogue.token"])).store


def test_a_private_key_that_others_can_read_is_refused_and_a_public_one_is_not(
    open_folder: Path,
) -> None:
    key, certificate = open_folder / "own.key", open_folder / "own.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\nmade-up\n-----END PRIVATE KEY-----\n")
    certificate.write_text("-----BEGIN CERTIFICATE-----\nmade-up\n-----END CERTIFICATE-----\n")
    key.chmod(0o644)
    catalogue = {**REFERENCES["catalogue"], "certificate": "own.pem", "key": "own.key"}
    path = written(open_folder, 0o600, catalogue=catalogue)
    with pytest.raises(SettingsError, match=r"own\.key"):
        load_settings(path)

    key.chmod(0o600)
    assert load_settings(path).store


def test_the_commands_that_look_at_settings_say_so_and_fail(open_folder: Path) -> None:
    path = str(written(open_folder, 0o644, **INLINE["catalogue.token"]))
    for command in (("settings", "check"), ("status",)):
        result = in_this_process(*command, "--settings", path, code=1)
        assert "catalogue.token" in result.stderr
        assert "chmod 600" in result.stderr
