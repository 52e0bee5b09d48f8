"""What several pages do alike: say something and go back, read moments and places in a list."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from adapters import AdapterError
from gateway.accounts import Principal
from gateway.clock import read_moment
from gateway.errors import GatewayError
from gateway.text import Text
from gateway.web.kit.language import language
from outbox import Message, Outbox

#: Rows of a list on one page.
ROWS = 50


def translated(text: Text) -> str:
    """Return a text in the reader's language."""
    return text.zh if language()["lang"] == "zh" else text.en


def text_of(error: GatewayError | AdapterError) -> Text:
    """Return what an error says, in both languages."""
    return error.text if isinstance(error, GatewayError) else Text(error.zh, error.en)


def local_target(target: str) -> str | None:
    """Return a target on this very site, None for any other.

    Nobody may be led elsewhere by a link to us.
    """
    is_local = (
        target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    )
    return target if is_local else None


def back(endpoint: str, **values: Any) -> BaseResponse:
    """Return the way on to a page, after something was done."""
    return redirect(url_for(endpoint, **values), 303)


def note(text: Text) -> None:
    """Say on the next page what was done."""
    flash(translated(text), "good")


@contextmanager
def flashing(text: Text | None = None) -> Iterator[None]:
    """Yield to a block; the next page says what went wrong within it, or what was done."""
    try:
        yield
    except (GatewayError, AdapterError) as error:
        flash(translated(text_of(error)), "bad")
    else:
        if text is not None:
            note(text)


def number(name: str) -> int | None:
    """Return a number of up to nine digits from the address or the form; None where it is none."""
    match = re.fullmatch(r"-?[0-9]{1,9}", request.values.get(name, ""))
    return int(match[0]) if match else None


def moment(name: str) -> datetime | None:
    """Return a local moment (Asia/Shanghai) from the address; None where it is none."""
    return read_moment(request.args.get(name, ""))


def cursor_of(last: Message) -> str:
    """Return the place of a list of packages after one of them."""
    return f"{last.created_at.isoformat()}|{last.guid}"


def visible_lanes(connection: Connection, outbox: Outbox, principal: Principal) -> list[str]:
    """Return the names of the lanes that somebody sees."""
    return [name for name in outbox.lane_names(connection) if principal.sees(name)]
