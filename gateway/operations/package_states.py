"""Which acts go with which states of a package, and why not with the others. Pure.

The console offers by this table, and every door refuses by it.
"""

from typing import Literal, get_args

from gateway.text import Text
from gateway.text import packages as messages

#: retry: send at once; replay: send a settled one again; hold: keep from being sent; release: let
#: go on; drop: never send, its records are refused; keep: take back the wish to drop it.
PackageAct = Literal["retry", "replay", "hold", "release", "drop", "keep"]
PACKAGE_ACTS: tuple[PackageAct, ...] = get_args(PackageAct)
PackageState = Literal["waiting", "held", "sending", "dead", "settled", "dropped"]
PACKAGE_STATES: tuple[PackageState, ...] = get_args(PackageState)

#: Why an act does not go with a state; None where it does.
_WHY_NOT: dict[PackageAct, dict[PackageState, Text | None]] = {
    "retry": {
        "waiting": None,
        "held": messages.is_held(),
        "sending": messages.is_sent_now(),
        "dead": None,
        "settled": messages.is_delivered(),
        "dropped": messages.is_dropped(),
    },
    "replay": {
        "waiting": messages.not_delivered(),
        "held": messages.not_delivered_but_held(),
        "sending": messages.is_sent_now(),
        "dead": messages.not_delivered(),
        "settled": None,
        "dropped": messages.is_dropped(),
    },
    "hold": {
        "waiting": None,
        "held": messages.held_already(),
        "sending": messages.is_sent_now(),
        "dead": messages.is_dead(),
        "settled": messages.is_delivered_for_good(),
        "dropped": messages.is_dropped(),
    },
    "release": {
        "waiting": messages.not_held(),
        "held": None,
        "sending": messages.not_held(),
        "dead": messages.not_held(),
        "settled": messages.not_held(),
        "dropped": messages.is_dropped(),
    },
    "drop": {
        "waiting": None,
        "held": None,
        "sending": messages.is_sent_now(),
        "dead": None,
        "settled": messages.is_delivered_for_good(),
        "dropped": messages.dropped_already(),
    },
    # A wish is taken back whatever became of its package since: it would be shown for ever.
    "keep": dict.fromkeys(PACKAGE_STATES),
}


def why_not(act: PackageAct, state: str) -> Text | None:
    """Return why an act does not go with a package's state; None where it does.

    A state that the table does not know goes with nothing: raises KeyError.
    """
    return _WHY_NOT[act][state]  # type: ignore[index]


def allowed_acts(state: str, *, drop_wanted: bool) -> list[PackageAct]:
    """Return what may be done to a package in a state, in the order in which it is offered."""
    acts: list[PackageAct] = [act for act in PACKAGE_ACTS if why_not(act, state) is None]
    return acts if drop_wanted else [act for act in acts if act != "keep"]
