"""Key pairs for tests, as `creditgate key new` leaves them."""

from pathlib import Path

from gateway.protocol.signing import new_key


def make_keys(folder: Path, *names: str) -> Path:
    """Make NAME and NAME.pub in a folder for each name; give the folder."""
    for name in names:
        private, public = new_key()
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(private)
        (folder / f"{name}.pub").write_bytes(public)
    return folder
