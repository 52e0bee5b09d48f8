"""Registered adapters: written, tried, brought on air, changed, rolled back. The registry's shell."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import polars as pl
from pydantic import ValidationError
from sqlalchemy import Connection, Engine

from adapters import Adapter, Batch, Settings, Step
from adapters.local_paths import from_base
from adapters.transports.addresses import AddressError
from gateway import audit
from gateway.audit.reasons import ReasonRefusedError, reason_of
from gateway.clock import Clock, local_day
from gateway.exchange.binding import bind, bound
from gateway.exchange.feed import Feed
from gateway.exchange.pipeline import row_faults
from gateway.mapping import MappingError, read_mapping
from gateway.registry import secrets, store
from gateway.registry.approval import (
    check_another,
    check_changeable,
    check_passed,
    version_to_go_live,
)
from gateway.registry.definition import (
    Definition,
    Difference,
    RegistryError,
    State,
    check_transition,
    differences,
    secret_names,
    without_secrets,
)
from gateway.registry.egress import Egress, check_egress
from gateway.registry.samples import Samples
from gateway.registry.sampling import NoRowsError, batch_of, sample_of
from gateway.registry.secret_rules import check_adapter_secret
from gateway.registry.shown import Shown, only_secrets_changed, shown_of
from gateway.registry.store import Act, Registered, Version
from gateway.registry.trial import Trial, try_rows
from gateway.settings.kinds import adapter_kind, adapter_settings
from gateway.settings.model import GatewaySettings, invalid_settings
from gateway.settings.reach import ReachSettings
from gateway.text import Text, doors
from gateway.text import registry as messages
from outbox import Outbox, PayloadCipher, writing

_NOTHING = Text("", "")

#: The kind whose rows come to the gateway itself.
PUSH = "push"


class Registry:
    """The adapters registered in one gateway store."""

    def __init__(
        self,
        engine: Engine,
        seal: PayloadCipher | None,
        base: Path,
        allowed: ReachSettings,
        clock: Clock,
        *,
        two_persons: bool = False,
    ) -> None:
        self._engine = engine
        self._seal = seal
        self._base = base
        self._allowed = allowed
        self._clock = clock
        self._two_persons = two_persons

    def every(self, departments: Sequence[str] | None = None) -> list[Registered]:
        """List adapters, those of some departments if any are named."""
        with self._engine.connect() as connection:
            return store.every(connection, departments)

    def show(self, feed: str) -> Shown:
        """Give one adapter; raises NotRegisteredError."""
        with self._engine.connect() as connection:
            return shown_of(connection, feed)

    def create(self, definition: Definition, person: str, why: str) -> None:
        """Begin an adapter as a draft; raises RegistryError, SettingsError or MappingError."""
        self._check(definition)
        with writing(self._engine) as connection:
            store.create(connection, definition, self._clock(), person, why)
            self._note(connection, definition.feed, "created", 1, person, why)

    def change(self, definition: Definition, person: str, why: str) -> int:
        """Make a new version; give its number. What is in force stays until the new one goes live.

        A version that says the same as the newest is none: its number is given.
        """
        self._check(definition)
        if not definition.mapping and self.show(definition.feed).newest.definition.mapping:
            # A mapping may be lacking until there is one; it is never taken away.
            read_mapping("", definition.feed)
        return self._add(definition, "changed", person, why)

    def roll_back(self, feed: str, number: int, person: str, why: str) -> int:
        """Make an earlier version the newest again, as a new one; give its number."""
        with self._engine.connect() as connection:
            earlier = store.version(connection, feed, number)
        said = Text(f"退回到第 {number} 版", f"back to version {number}")
        return self._add(earlier.definition, "rolled_back", person, why, said)

    def set_secret(self, feed: str, name: str, value: str, person: str, why: str) -> int:
        """Store a secret of the newest version, sealed, never to be shown; return that version's number.

        One of the version in force changes as all of it does: by a new version, tried and approved.
        """
        return self._change_secret(feed, name, value, person, why)

    def remove_secret(self, feed: str, name: str, person: str, why: str) -> int:
        """Take a secret from the newest version, as `set_secret` sets one; return its version."""
        return self._change_secret(feed, name, None, person, why)

    def _change_secret(self, feed: str, name: str, value: str | None, person: str, why: str) -> int:
        with writing(self._engine) as connection:
            held = store.find(connection, feed)
            check_changeable(held)
            definition = store.version(connection, feed, held.version).definition
            secrets.demand_name(definition, name)
            if value is not None:
                check_adapter_secret(adapter_kind(definition.kind), name, value)
            number = held.version
            if number == held.live_version:
                number = store.add_version(connection, held, definition, self._clock(), person, why)
                secrets.carry(connection, held, definition, number)
            if value is None:
                secrets.take_away(connection, feed, number, name)
            else:
                secrets.put(connection, definition, number, name, value, self._seal)
            if number == held.version:
                # What was tried, or submitted, was so with another secret.
                store.set_passed(connection, feed, None)
                store.set_submitted(connection, feed, None, None)
            done = Text(name, name) if value is not None else messages.secret_taken_away(name)
            self._note(connection, feed, "secret", number, person, why, done)
            return number

    def write_mapping(self, feed: str, text: str, person: str, why: str) -> int:
        """Make a version with another mapping; give its number.

        Raises MappingError where it cannot be used yet: it is kept then, to be written on.
        """
        held = self.show(feed).newest.definition
        try:
            if not text:
                read_mapping(text, feed)
            number = self.change(held.model_copy(update={"mapping": text}), person, why)
        except (MappingError, ReasonRefusedError):
            # What somebody has typed is not lost with what was refused of it.
            self._keep_draft(feed, text, person)
            raise
        self._keep_draft(feed, "", person)
        return number

    def mapping_in_work(self, feed: str) -> str:
        """Give the mapping that is being written, or else the newest version's."""
        with self._engine.connect() as connection:
            draft = store.draft(connection, feed)
        return draft if draft is not None else self.show(feed).newest.definition.mapping

    def _keep_draft(self, feed: str, text: str, person: str) -> None:
        with writing(self._engine) as connection:
            store.keep_draft(connection, feed, text, person, self._clock())

    def submit(self, feed: str, person: str, why: str) -> None:
        """Submit the newest version, whose sample has passed, for an operator's approval; raises RegistryError."""
        with writing(self._engine) as connection:
            held = store.find(connection, feed)
            check_passed(held)
            store.set_submitted(connection, feed, held.version, person)
            self._note(connection, feed, "submitted", held.version, person, why)

    def set_state(
        self, feed: str, state: State, person: str, why: str, version: int | None = None
    ) -> None:
        """Bring an adapter to a state; raises RegistryError where it may not come to it.

        It goes live only with a version whose trial passed, where two persons are wanted by another's
        hand than wrote or submitted it, who names the `version` that they have looked at.
        """
        with writing(self._engine) as connection:
            held = store.find(connection, feed)
            if version is not None and version != held.version:
                raise RegistryError(
                    f"{feed} 已有第 {held.version} 版，请查看后再批准",
                    f"{feed} has a version {held.version} by now; look at it before you approve",
                )
            if not (state == held.state == "live" and held.version != held.live_version):
                check_transition(feed, held.state, state)
            number = version_to_go_live(held) if state == "live" else held.version
            if state == "live" and number == held.version:
                check_passed(held)
                if self._two_persons and held.version != held.live_version:
                    check_another(connection, held, person)
                    if version is None:
                        raise RegistryError.of(messages.version_not_named(feed, held.version))
                store.forget_other_secrets(connection, feed, held.version)
            store.set_state(connection, held, state, number)
            self._note(connection, feed, "state", number, person, why, Text(state, state))

    def history(self, feed: str, limit: int = 200) -> list[Act]:
        """List what was done to an adapter, the latest first."""
        with self._engine.connect() as connection:
            store.find(connection, feed)
            return store.history(connection, feed, limit)

    def versions(self, feed: str) -> list[Version]:
        """List an adapter's versions, the newest first."""
        with self._engine.connect() as connection:
            store.find(connection, feed)
            return store.versions(connection, feed)

    def differences(self, feed: str, old: int, new: int) -> list[Difference]:
        """Give what two versions do not share."""
        with self._engine.connect() as connection:
            held = store.find(connection, feed)
            first, last = (store.version(connection, feed, one).definition for one in (old, new))
            return differences(first, last) + secrets.differences(connection, held, old, new)

    def test(self, feed: str) -> Iterator[Step]:
        """Test the newest version's connection step by step, the last one with rows; changes nothing.

        Raises RegistryError, SettingsError or adapters.AdapterError.
        """
        with closing(self.adapter(self.show(feed).newest)) as adapter:
            yield from adapter.test()

    def sample(self, feed: str) -> Batch:
        """Read up to `SAMPLE_ROWS` rows of the newest version's source; keeps nothing and changes nothing.

        Raises RegistryError where the source has no row, or what `test` raises. A pushed feed gets
        its first row once it is live: until then its sample is what `keep_sample` was given.
        """
        newest = self.show(feed).newest
        with closing(self.adapter(newest)) as adapter:
            try:
                return sample_of(adapter)
            except RegistryError:
                if newest.definition.kind != PUSH:
                    raise
        if (kept := self._samples().read(feed)) is None:
            raise RegistryError.of(doors.nothing_pushed(feed))
        return batch_of(kept)

    def keep_sample(self, feed: str, rows: pl.DataFrame, person: str) -> None:
        """Keep sample rows of a pushed feed; raises RegistryError where it has another kind or no row."""
        if self.show(feed).newest.definition.kind != PUSH:
            raise RegistryError.of(doors.sample_not_pushed(feed))
        self._samples().keep(feed, rows, person)

    def _samples(self) -> Samples:
        return Samples(self._engine, self._seal or PayloadCipher(), self._clock)

    def trial(self, feed: str, person: str) -> Trial:
        """Read a sample, map and check it, and keep whether it passed; raises also MappingError."""
        shown = self.show(feed)
        with self._engine.connect() as connection:
            tried_with = store.secrets(connection, feed, shown.about.version)
        text = shown.newest.definition.mapping
        if not text:
            raise RegistryError(
                f"{feed} 还没有映射；creditgate adapter propose {feed} 可据样例提出一份",
                f"{feed} has no mapping yet; creditgate adapter propose {feed} makes one from a sample",
            )
        trial = self._tried(shown, text)
        why_not = trial.why_not
        with writing(self._engine) as connection:
            held = store.find(connection, feed)
            # A secret that was set while the source was read has not been tried.
            now_with = store.secrets(connection, feed, held.version)
            if held.version == shown.about.version and now_with == tried_with:
                store.set_passed(connection, feed, None if why_not else held.version)
                if held.state == "draft":
                    store.set_state(connection, held, "testing", held.version)
            said = why_not or trial.passed_text
            # Nobody has to answer for a trial: it changes nothing.
            done, number = self._clock(), shown.about.version
            store.note(connection, feed, Act(done, person, "trial", number, said, ""))
            audit.append(connection, done, person, "adapter.trial", feed, f"v{number}; {said.en}")
        return trial

    def _tried(self, shown: Shown, mapping: str) -> Trial:
        """Try the newest version; a new secret alone is tried by reaching the source, rows or none."""
        try:
            batch = self.sample(shown.about.feed)
        except NoRowsError:
            with self._engine.connect() as connection:
                if not only_secrets_changed(connection, shown):
                    raise
            return Trial((), reached=True)
        read = read_mapping(mapping, shown.about.feed)
        return try_rows(batch.rows, read, local_day(self._clock()), row_faults(batch.faults))

    def adapter(self, version: Version) -> Adapter:
        """Make an adapter of a version that changes nothing by a fetch; raises RegistryError or SettingsError."""
        kind = adapter_kind(version.definition.kind)
        made = kind(self._settings(version).read_only())
        bind(made, self._engine, version.definition.feed)
        return made

    def open(self, feed: str) -> Feed:
        """Open the version in force; raises RegistryError, SettingsError or MappingError."""
        with self._engine.connect() as connection:
            number = store.find(connection, feed).live_version
            if number is None:
                raise RegistryError(f"{feed} 尚未上线", f"{feed} is not live yet")
            version = store.version(connection, feed, number)
        definition = version.definition
        kind = adapter_kind(definition.kind)
        settings = self._settings(version)
        mapping = read_mapping(definition.mapping, f"{feed} v{number}")
        opened = Feed(feed, mapping, kind(settings), definition.kind, definition.drift)
        return bound(opened, self._engine)

    def open_newest(self, feed: str) -> Feed:
        """Open the newest version by an adapter that changes nothing by a fetch; raises as `open` does."""
        newest = self.show(feed).newest
        definition = newest.definition
        mapping = read_mapping(definition.mapping, feed)
        return Feed(feed, mapping, self.adapter(newest), definition.kind, definition.drift)

    def in_force(self) -> dict[str, tuple[State, int]]:
        """Return each feed that has a version in force: its state, and that version."""
        return {
            held.feed: (held.state, held.live_version)
            for held in self.every()
            if held.live_version is not None
        }

    def _settings(self, version: Version) -> Settings:
        """Return a version's settings with its own secrets, held to what its department may reach."""
        definition = version.definition
        with self._engine.connect() as connection:
            stored = store.secrets(connection, definition.feed, version.number)
        values = definition.settings | secrets.opened(definition, stored, self._seal)
        kind = adapter_kind(definition.kind)
        settings = adapter_settings(kind, values, self._base, definition.feed)
        egress = Egress(definition.department, self._allowed)
        check_egress(settings, egress, opening=True)
        return settings.confined(egress)

    def _check(self, definition: Definition) -> None:
        """Refuse what could never work; what only lacks settings may be kept as a draft."""
        kind = adapter_kind(definition.kind)
        if given := sorted(set(secret_names(kind)) & definition.settings.keys()):
            names = ", ".join(given)
            raise RegistryError(
                f"{names} 是密钥，须另行设置：creditgate adapter secret",
                f"{names}: a secret is set apart, by creditgate adapter secret",
            )
        try:
            local = from_base(kind.Settings, definition.settings, self._base)
            settings = without_secrets(kind, local)
            check_egress(settings, Egress(definition.department, self._allowed))
        except ValidationError as error:
            wrong = [fault for fault in error.errors() if fault["type"] != "missing"]
            invalid = invalid_settings(definition.feed, error)
            if any(isinstance(one.get("ctx", {}).get("error"), AddressError) for one in wrong):
                # Told as what may not be reached is: it would be another address for who connects.
                raise RegistryError(invalid.text.zh, invalid.text.en) from None
            if wrong:
                raise invalid from None
        if definition.mapping:
            mapping = read_mapping(definition.mapping, definition.feed)
            if mapping.feed != definition.feed:
                raise RegistryError(
                    f"映射写的数据项是 {mapping.feed}，不是 {definition.feed}",
                    f"the mapping names the feed {mapping.feed}, not {definition.feed}",
                )

    def _add(
        self, definition: Definition, what: str, person: str, why: str, detail: Text = _NOTHING
    ) -> int:
        why = reason_of(why)
        with writing(self._engine) as connection:
            held = store.find(connection, definition.feed)
            check_changeable(held)
            if store.version(connection, held.feed, held.version).definition == definition:
                return held.version
            number = store.add_version(connection, held, definition, self._clock(), person, why)
            secrets.carry(connection, held, definition, number)
            self._note(connection, held.feed, what, number, person, why, detail)
            return number

    def _note(
        self,
        connection: Connection,
        feed: str,
        what: str,
        version: int,
        person: str,
        why: str,
        detail: Text = _NOTHING,
    ) -> None:
        now = self._clock()
        store.note(connection, feed, Act(now, person, what, version, detail, reason_of(why)))
        before = "".join(f"{part}; " for part in (f"v{version}", detail.en) if part)
        audit.record_act(connection, now, person, f"adapter.{what}", feed, why, before=before)


def open_registry(settings: GatewaySettings, outbox: Outbox, base: Path, clock: Clock) -> Registry:
    """Open the registry of a gateway's store; relative paths in its adapters start at `base`."""
    seal = settings.at_rest.seal() if settings.at_rest else None
    two = settings.web is not None and settings.web.two_persons
    return Registry(outbox.engine, seal, base, settings.reach, clock, two_persons=two)
