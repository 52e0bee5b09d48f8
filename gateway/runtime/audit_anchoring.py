"""Opens the anchoring of a gateway's audit log by its settings."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from gateway.accounts import request_store
from gateway.accounts import store as accounts
from gateway.audit.anchoring import Anchoring
from gateway.audit.anchors import AnchorKeys
from gateway.audit.witnesses import Witness
from gateway.clock import Clock
from gateway.exchange import feed_requests
from gateway.generations import store as generations
from gateway.protocol.signing import Signer, load_verifier, private_key, public_key, read_private
from gateway.registry import store as registry
from gateway.settings.model import GatewaySettings

_FILE = "audit-anchors.jsonl"


def open_anchoring(
    settings: GatewaySettings, base: Path, engine: Engine, clock: Clock
) -> Anchoring:
    """Return the anchoring of a gateway's audit log; relative paths start at `base`.

    Raises KeyRefusedError.
    """
    audit, rest = settings.audit, settings.at_rest
    signer, trusted = None, _from(audit.trusted_keys, base)
    load_verifier(trusted)
    public = {name: public_key(path.read_bytes()) for name, path in trusted.items()}
    for name, path in _from(audit.signing_key, base).items():
        key = private_key(read_private(path))
        signer, public[name] = Signer(name, key), key.public_key()
    secrets = (
        {name: b64decode(key.get_secret_value()) for name, key in rest.keys.items()} if rest else {}
    )
    keys = AnchorKeys(signer, public, secrets, rest.current if rest else "")
    path = base / audit.anchors if audit.anchors else _beside(settings.store, base)
    return Anchoring(engine, path, keys, audit.syslog, clock, witnesses_of)


def witnesses_of(connection: Connection) -> Iterator[Witness]:
    """Yield what the store has that was written with an entry of the audit log."""
    for account in accounts.every(connection):
        yield Witness("account.added", account.name)
    for request in request_store.waiting(connection, datetime.min.replace(tzinfo=UTC)):
        yield Witness("account.asked", request.account)
    for feed, act in registry.acts_noted(connection):
        yield Witness(f"adapter.{act}", feed)
    for wish in feed_requests.drops_wanted(connection):
        yield Witness("package.drop_asked", wish.guid)
    restored = generations.latest(connection)
    if restored is not None:
        yield Witness("store.restored", f"generation {restored.generation}")


def _from(paths: dict[str, Path], base: Path) -> dict[str, Path]:
    return {name: base / path for name, path in paths.items()}


def _beside(store: str, base: Path) -> Path:
    """Return the file beside the store where that is one, else beside the settings."""
    url = make_url(store)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return Path(str(url.database)).resolve().parent / _FILE
    return base / _FILE
