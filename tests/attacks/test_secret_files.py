"""Somebody of the machine who reads the file from which a command takes a secret."""

from pathlib import Path

import pytest

from gateway.cli.secret_file import read_secret


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
