"""What the lists of refusals and notes share: their options, and how they name a source."""

from collections.abc import Callable
from typing import ParamSpec

import click

from gateway.cli.output import (
    explained,
    json_option,
    settings_option,
)
from gateway.exchange.quality_notes import Note
from gateway.exchange.refusal_store import Refusal
from gateway.masking import masked_name, masked_text, source_name
from gateway.text import option_help

#: What every list takes, in the order in which help shows it.
_OPTIONS = (
    settings_option,
    click.option("--feed", "feed_name", help=str(option_help.list_feed())),
    click.option("--limit", default=50, show_default=True),
    click.option("--after", "after_id", default=0, help=str(option_help.list_after())),
    json_option,
)

_P = ParamSpec("_P")


def listing(command: Callable[_P, None]) -> Callable[_P, None]:
    """Return a command that lists a page of one feed or all, and explains its known errors."""
    listed = explained(command)
    for option in reversed(_OPTIONS):
        listed = option(listed)
    return listed


def source_of(item: Refusal | Note) -> str:
    """Return the names of the unit and the row that something came from, masked."""
    return f"{masked_name(source_name(item.unit))} {masked_text(item.ref)}"
