"""Ends of the process: no failure of what was being sent, and a dead letter of what causes them."""

from datetime import timedelta

from sqlalchemy import Engine

from outbox import Draft, Outbox, RetryPolicy, writing
from outbox.suspects import LONGEST_TRIAL, SUSPECT
from tests.support.clock import NOW

LEASE = timedelta(seconds=60)
LANES = ("a.a", "b.b", "c.c")
POLICY = RetryPolicy()


class Town:
    """An outbox whose process ends and starts again; time passes by what it is told."""

    def __init__(self, engine: Engine, lanes: tuple[str, ...] = LANES) -> None:
        self.engine, self.box, self.now = engine, Outbox(engine), NOW
        with writing(engine) as connection:
            for lane in lanes:
                first = self.box.reserve(connection, lane, 1, NOW, ordered=True)
                self.box.put(connection, lane, [Draft(lane, first, b"p", b"", 1)], NOW)

    def claim(self, idle: bool = True):
        with writing(self.engine) as connection:
            return self.box.claim(connection, LANES, self.now, LEASE, idle)

    def starts(self) -> None:
        with writing(self.engine) as connection:
            self.box.release_all(connection, self.now)

    def fails(self, claim) -> None:
        with writing(self.engine) as connection:
            self.box.retry(
                connection, claim, self.now, "", delay=timedelta(0), outcome="unreachable"
            )

    def settles(self, claim) -> None:
        with writing(self.engine) as connection:
            self.box.settle(connection, claim, self.now, "taken")

    def waits(self, seconds: float = LONGEST_TRIAL) -> None:
        self.now += timedelta(seconds=seconds)


def exhausted(claim) -> bool:
    return POLICY.exhausted(claim.strikes, timedelta(0), claim.ends)


def test_a_kill_costs_what_was_under_way_no_strike(engine: Engine) -> None:
    town = Town(engine)
    for _ in range(13):
        claim = None
        while (more := town.claim(idle=claim is None)) is not None:
            claim = more
        assert claim is not None
        town.starts()
        town.waits()

    claim = town.claim()
    assert claim is not None
    assert claim.strikes == 0
    assert not exhausted(claim)


def test_what_ends_its_process_again_and_again_is_a_dead_letter_in_the_end(engine: Engine) -> None:
    """Its neighbours travel meanwhile, and none of them is blamed."""
    town = Town(engine)
    for _ in range(100):
        claim = town.claim()
        if claim is None:
            town.waits()
        elif claim.lane != "b.b":
            town.settles(claim)
        elif exhausted(claim):
            break
        else:
            town.starts()

    assert claim is not None
    assert claim.lane == "b.b"
    assert claim.ends == POLICY.ends
    with engine.connect() as connection:
        still_open = [message.lane for message in town.box.messages(connection)]
    assert still_open == ["b.b"]


def test_of_two_that_end_their_process_each_is_found_out(engine: Engine) -> None:
    town = Town(engine, ("a.a", "b.b"))
    guilty = set()
    for _ in range(100):
        claim = town.claim()
        if claim is None:
            break
        if exhausted(claim):
            with writing(engine) as connection:
                town.box.bury(connection, claim, town.now, "given up")
            guilty.add(claim.lane)
            continue
        # The other is sent beside it, as long as neither is a suspect.
        town.claim(idle=False)
        town.starts()
        town.waits()

    assert guilty == {"a.a", "b.b"}


def test_a_suspect_is_sent_alone_and_before_others_once_its_process_has_lived_without_it(
    engine: Engine,
) -> None:
    town = Town(engine)
    for _ in range(SUSPECT):
        town.claim()
        town.starts()

    at_once = town.claim()
    town.waits()
    beside_another = town.claim(idle=False)
    assert at_once is not None
    town.fails(at_once)
    alone = town.claim()

    assert at_once.lane == "b.b"
    assert beside_another is None
    assert alone is not None
    assert alone.lane == "a.a"


def test_an_end_without_anything_under_way_clears_everybody(engine: Engine) -> None:
    town = Town(engine, ("a.a",))
    for _ in range(5):
        assert town.claim() is not None
        town.starts()
        town.waits()

    town.starts()

    claim = town.claim()
    assert claim is not None
    assert claim.ends == 0


def test_an_attempt_that_ends_otherwise_clears_its_message(engine: Engine) -> None:
    town = Town(engine, ("a.a",))
    for _ in range(5):
        assert town.claim() is not None
        town.starts()
        town.waits()

    claim = town.claim()
    assert claim is not None
    town.fails(claim)

    again = town.claim()
    assert again is not None
    assert (claim.ends, again.ends) == (5, 0)
