"""Registered adapters: written, tried, put into force, changed, rolled back. A shell."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Engine

from adapters import Adapter, Batch, Step
from gateway import audit
from gateway.audit.reasons import ReasonRefusedError, reason_of
from gateway.clock import Clock, local_day
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
)
from gateway.registry.opening import Opener
from gateway.registry.samples import Samples
from gateway.registry.sampling import NoRowsError, batch_of, sample_of
from gateway.registry.secret_rules import check_adapter_secret
from gateway.registry.shown import Shown, only_secrets_changed, shown_of
from gateway.registry.store import Act, Registered, Version
from gateway.registry.trial import Trial, try_rows
from gateway.settings.kinds import adapter_kind
from gateway.settings.model import GatewaySettings
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
        self._opener = Opener(engine, seal, base, allowed)
        self._clock = clock
        self._two_persons = two_persons

    def every(self, departments: Sequence[str] | None = None) -> list[Registered]:
        """Return where adapters stand; only those of some departments where any are named."""
        with self._engine.connect() as connection:
            return store.every(connection, departments)

    def show(self, feed: str) -> Shown:
        """Return an adapter as it may be shown; raises NotRegisteredError."""
        with self._engine.connect() as connection:
            return shown_of(connection, feed)

    def create(self, definition: Definition, person: str, reason: str) -> None:
        """Begin an adapter as a draft; raises RegistryError, SettingsError or MappingError."""
        self._opener.check(definition)
        with writing(self._engine) as connection:
            store.create(connection, definition, self._clock(), person, reason)
            self._note(connection, definition.feed, "created", 1, person, reason)

    def change(self, definition: Definition, person: str, reason: str) -> int:
        """Make a new version, and return its number.

        The one in force stays until the new one goes live.

        A version that says the same as the newest is none: the newest's number is returned.

        """
        self._opener.check(definition)
        if not definition.mapping and self.show(definition.feed).newest.definition.mapping:
            # A mapping may be lacking until there is one; it is never taken away.
            read_mapping("", definition.feed)
        return self._add(definition, "changed", person, reason)

    def roll_back(self, feed: str, number: int, person: str, reason: str) -> int:
        """Make an earlier version the newest again, as a new one, and return its number."""
        with self._engine.connect() as connection:
            earlier = store.version(connection, feed, number)
        return self._add(
            earlier.definition, "rolled_back", person, reason, messages.back_to_version(number)
        )

    def set_secret(self, feed: str, name: str, value: str, person: str, reason: str) -> int:
        """Seal and store a secret of the newest version, and return that version's number.

        It is never shown. A secret of the version in force changes as all of it does: by a new
        version, tried and approved.
        """
        return self._change_secret(feed, name, value, person, reason)

    def remove_secret(self, feed: str, name: str, person: str, reason: str) -> int:
        """Take a secret from the newest version, as `set_secret` sets one; return its version."""
        return self._change_secret(feed, name, None, person, reason)

    def _change_secret(
        self, feed: str, name: str, value: str | None, person: str, reason: str
    ) -> int:
        with writing(self._engine) as connection:
            registered = store.find(connection, feed)
            check_changeable(registered)
            definition = store.version(connection, feed, registered.version).definition
            secrets.demand_name(definition, name)
            if value is not None:
                check_adapter_secret(adapter_kind(definition.kind), name, value)
            number = registered.version
            if number == registered.live_version:
                number = store.add_version(
                    connection, registered, definition, self._clock(), person, reason
                )
                secrets.carry(connection, registered, definition, number)
            if value is None:
                secrets.take_away(connection, feed, number, name)
            else:
                secrets.put(connection, definition, number, name, value, self._seal)
            if number == registered.version:
                # What was tried, or submitted, was so with another secret.
                store.set_passed(connection, feed, None)
                store.set_submitted(connection, feed, None, None)
            detail = Text(name, name) if value is not None else messages.secret_taken_away(name)
            self._note(connection, feed, "secret", number, person, reason, detail)
            return number

    def write_mapping(self, feed: str, text: str, person: str, reason: str) -> int:
        """Make a version with another mapping, and return its number.

        Raises MappingError where it cannot be used yet: it is kept then, to be written on.
        """
        newest = self.show(feed).newest.definition
        try:
            if not text:
                read_mapping(text, feed)
            number = self.change(newest.model_copy(update={"mapping": text}), person, reason)
        except (MappingError, ReasonRefusedError):
            # What somebody has typed is not lost with what was refused of it.
            self._keep_draft(feed, text, person)
            raise
        self._keep_draft(feed, "", person)
        return number

    def mapping_in_work(self, feed: str) -> str:
        """Return the mapping that is being written, else the newest version's."""
        with self._engine.connect() as connection:
            draft = store.draft(connection, feed)
        return draft if draft is not None else self.show(feed).newest.definition.mapping

    def _keep_draft(self, feed: str, text: str, person: str) -> None:
        with writing(self._engine) as connection:
            store.keep_draft(connection, feed, text, person, self._clock())

    def submit(self, feed: str, person: str, reason: str) -> None:
        """Submit the newest version for an operator's approval.

        Raises RegistryError where its sample has not passed.
        """
        with writing(self._engine) as connection:
            registered = store.find(connection, feed)
            check_passed(registered)
            store.set_submitted(connection, feed, registered.version, person)
            self._note(connection, feed, "submitted", registered.version, person, reason)

    def set_state(
        self, feed: str, state: State, person: str, reason: str, version: int | None = None
    ) -> None:
        """Bring an adapter to a state; raises RegistryError where it may not come to it.

        It goes live only with a version whose trial passed. Where two persons are wanted, another
        than who wrote or submitted it must do so, and name the `version` that they have looked at.
        """
        with writing(self._engine) as connection:
            registered = store.find(connection, feed)
            if version is not None and version != registered.version:
                raise RegistryError.of(messages.newer_version(feed, registered.version))
            if not (
                state == registered.state == "live"
                and registered.version != registered.live_version
            ):
                check_transition(feed, registered.state, state)
            number = version_to_go_live(registered) if state == "live" else registered.version
            if state == "live" and number == registered.version:
                check_passed(registered)
                if self._two_persons and registered.version != registered.live_version:
                    check_another(connection, registered, person)
                    if version is None:
                        raise RegistryError.of(messages.version_not_named(feed, registered.version))
                store.forget_other_secrets(connection, feed, registered.version)
            store.set_state(connection, registered, state, number)
            self._note(connection, feed, "state", number, person, reason, Text(state, state))

    def history(self, feed: str, limit: int = 200) -> list[Act]:
        """Return what was done to an adapter, the latest first."""
        with self._engine.connect() as connection:
            store.find(connection, feed)
            return store.history(connection, feed, limit)

    def versions(self, feed: str) -> list[Version]:
        """Return an adapter's versions, the newest first."""
        with self._engine.connect() as connection:
            store.find(connection, feed)
            return store.versions(connection, feed)

    def differences(self, feed: str, old: int, new: int) -> list[Difference]:
        """Return what differs between two versions, secrets too."""
        with self._engine.connect() as connection:
            registered = store.find(connection, feed)
            first, last = (
                store.version(connection, feed, number).definition for number in (old, new)
            )
            return differences(first, last) + secrets.differences(connection, registered, old, new)

    def test(self, feed: str) -> Iterator[Step]:
        """Test the newest version's connection and yield each step, the last one with rows.

        Changes nothing. Raises RegistryError, SettingsError or adapters.AdapterError.
        """
        with closing(self.adapter(self.show(feed).newest)) as adapter:
            yield from adapter.test()

    def sample(self, feed: str) -> Batch:
        """Return up to `SAMPLE_ROWS` rows of the newest version's source; changes nothing.

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
        if (sample := self._samples().read(feed)) is None:
            raise RegistryError.of(doors.nothing_pushed(feed))
        return batch_of(sample)

    def keep_sample(self, feed: str, rows: pl.DataFrame, person: str) -> None:
        """Keep sample rows of a pushed feed.

        Raises RegistryError where it has another kind or no row.
        """
        if self.show(feed).newest.definition.kind != PUSH:
            raise RegistryError.of(doors.sample_not_pushed(feed))
        self._samples().keep(feed, rows, person)

    def _samples(self) -> Samples:
        return Samples(self._engine, self._seal or PayloadCipher(), self._clock)

    def trial(self, feed: str, person: str) -> Trial:
        """Map and check a sample, keep whether it passed, and return how it fared.

        Raises what `sample` raises, and MappingError.
        """
        adapter = self.show(feed)
        with self._engine.connect() as connection:
            tried_with = store.secrets(connection, feed, adapter.about.version)
        text = adapter.newest.definition.mapping
        if not text:
            raise RegistryError.of(messages.no_mapping_yet(feed))
        trial = self._tried(adapter, text)
        why_not = trial.why_not
        with writing(self._engine) as connection:
            registered = store.find(connection, feed)
            # A secret that was set while the source was read has not been tried.
            now_with = store.secrets(connection, feed, registered.version)
            if registered.version == adapter.about.version and now_with == tried_with:
                store.set_passed(connection, feed, None if why_not else registered.version)
                if registered.state == "draft":
                    store.set_state(connection, registered, "testing", registered.version)
            summary = why_not or trial.passed_text
            # Nobody has to answer for a trial: it changes nothing.
            now, number = self._clock(), adapter.about.version
            store.note(connection, feed, Act(now, person, "trial", number, summary, ""))
            audit.append(connection, now, person, "adapter.trial", feed, f"v{number}; {summary.en}")
        return trial

    def _tried(self, adapter: Shown, mapping: str) -> Trial:
        """Return how the newest version fares on a sample.

        A new secret alone is tried by reaching the source, whether it has rows or none.
        """
        try:
            batch = self.sample(adapter.about.feed)
        except NoRowsError:
            with self._engine.connect() as connection:
                if not only_secrets_changed(connection, adapter):
                    raise
            return Trial((), reached=True)
        parsed = read_mapping(mapping, adapter.about.feed)
        return try_rows(batch.rows, parsed, local_day(self._clock()), row_faults(batch.faults))

    def adapter(self, version: Version) -> Adapter:
        """Return an adapter of a version that changes nothing by a fetch.

        Raises RegistryError or SettingsError.
        """
        return self._opener.adapter(version)

    def open(self, feed: str) -> Feed:
        """Return the feed of the version in force.

        Raises RegistryError, SettingsError or MappingError.
        """
        with self._engine.connect() as connection:
            number = store.find(connection, feed).live_version
            if number is None:
                raise RegistryError.of(messages.not_live(feed))
            version = store.version(connection, feed, number)
        return self._opener.feed(version)

    def open_newest(self, feed: str) -> Feed:
        """Return the feed of the newest version, by an adapter that changes nothing by a fetch.

        Raises what `open` raises.
        """
        return self._opener.feed_for_trial(self.show(feed).newest)

    def in_force(self) -> dict[str, tuple[State, int]]:
        """Return each feed that has a version in force: its state, and that version."""
        return {
            registered.feed: (registered.state, registered.live_version)
            for registered in self.every()
            if registered.live_version is not None
        }

    def _add(
        self, definition: Definition, act: str, person: str, reason: str, detail: Text = _NOTHING
    ) -> int:
        reason = reason_of(reason)
        with writing(self._engine) as connection:
            registered = store.find(connection, definition.feed)
            check_changeable(registered)
            if (
                store.version(connection, registered.feed, registered.version).definition
                == definition
            ):
                return registered.version
            number = store.add_version(
                connection, registered, definition, self._clock(), person, reason
            )
            secrets.carry(connection, registered, definition, number)
            self._note(connection, registered.feed, act, number, person, reason, detail)
            return number

    def _note(
        self,
        connection: Connection,
        feed: str,
        act: str,
        version: int,
        person: str,
        reason: str,
        detail: Text = _NOTHING,
    ) -> None:
        now = self._clock()
        store.note(connection, feed, Act(now, person, act, version, detail, reason_of(reason)))
        detail_text = "".join(f"{part}; " for part in (f"v{version}", detail.en) if part)
        audit.record_act(
            connection, now, person, f"adapter.{act}", feed, reason, before=detail_text
        )


def open_registry(settings: GatewaySettings, outbox: Outbox, base: Path, clock: Clock) -> Registry:
    """Return the registry of a gateway's store; relative paths in its adapters start at `base`."""
    seal = settings.at_rest.seal() if settings.at_rest else None
    two = settings.web is not None and settings.web.two_persons
    return Registry(outbox.engine, seal, base, settings.reach, clock, two_persons=two)
