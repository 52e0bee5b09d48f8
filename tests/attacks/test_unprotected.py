"""What goes in the clear, or through a proxy that nobody named, is shown."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.settings.load import load_settings
from gateway.settings.unprotected import unprotected

SETTINGS = """
store: sqlite:///{folder}/gateway.db
catalogue: {{url: "{scheme}://platform.example/c", token: x}}
centre: {{url: "{scheme}://centre.example", token: x}}
web:
  host: 0.0.0.0
  public_url: "{scheme}://gate.example"
  proxies: {proxies}
  oidc: {{issuer: "{scheme}://idp.example", client_id: x, client_secret: y}}
alerts:
  mail:
    {{host: smtp.example, starttls: {tls}, username: u, password: canary-password,
     sender: a@b.example, to: [c@d.example]}}
  webhooks: {{duty: {{url: "{scheme}://pager.example/h", secret: made-up-secret-of-a-pager}}}}
telemetry: {{endpoint: "{scheme}://traces.example/v1"}}
"""


def written(folder: Path, scheme: str, tls: str, proxies: int) -> Path:
    path = folder / "gateway.yaml"
    path.write_text(SETTINGS.format(folder=folder, scheme=scheme, tls=tls, proxies=proxies))
    return path


def test_every_way_without_tls_is_named_and_no_secret_is(tmp_path: Path) -> None:
    found = unprotected(load_settings(written(tmp_path, "http", "false", 0)))
    said = "\n".join(one.text.en for one in found)

    for name in (
        "catalogue.url",
        "centre.url",
        "web.oidc.issuer",
        "web.public_url",
        "alerts.webhooks.duty.url",
        "telemetry.endpoint",
        "alerts.mail",
        "console",
        "web.proxies",
    ):
        assert name in said, name
    assert "canary" not in said
    assert all(one.leaves for one in found)


@pytest.mark.parametrize(
    ("host", "leaves"),
    [
        ("127.0.0.1:1", False),
        ("[::1]", False),
        ("LocalHost", False),
        ("127.0.0.1.evil.example", True),
        ("localhost.evil.example", True),
        ("127.evil.example", True),
        ("10.0.0.1", True),
    ],
)
def test_a_name_that_begins_like_this_machine_is_not_taken_for_it(
    tmp_path: Path, host: str, leaves: bool
) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(
        f"store: sqlite:///{tmp_path}/gateway.db\n"
        "catalogue: {url: 'https://platform.example/c', token: x}\n"
        f"centre: {{url: 'http://{host}/x', token: x}}\n"
    )
    [found] = unprotected(load_settings(path))

    assert found.leaves is leaves


def test_where_all_is_by_tls_nothing_is_said(tmp_path: Path) -> None:
    assert unprotected(load_settings(written(tmp_path, "https", "true", 1))) == []


def test_settings_check_tells_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "http", "false", 0)
    result = CliRunner().invoke(main, ["settings", "check", "--settings", str(path)])

    assert result.exit_code == 0
    assert "alerts.mail" in result.output
    assert "明文" in result.output
