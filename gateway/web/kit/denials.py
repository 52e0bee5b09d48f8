"""How who is not let through is answered.

A program gets a problem, a browser a page, or is sent to another.
"""

from urllib.parse import urlsplit

from flask import Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gateway.protocol.problem import plain_answer, problem
from gateway.text import Text
from gateway.text import access as texts
from gateway.text import doors as messages

#: Methods by which a request changes nothing.
SAFE = ("GET", "HEAD", "OPTIONS")


def not_there(name: str) -> Response:
    """Return the answer 404: something is not there, or not for who asks; which is not told."""
    text = texts.not_there(name)
    if _wants_problem():
        return problem(404, text)
    return abort(404, text)


def denied(text: Text) -> Response:
    """Return the answer 403 with a reason."""
    return problem(403, text) if _wants_problem() else abort(403, text)


def nobody() -> Response:
    """Return the answer 401 to who has shown nothing."""
    return problem(401, messages.token_wrong())


def misdirected() -> Response:
    """Return the answer 421 to a request that came by a name which is not ours.

    The name is a stranger's, and not repeated.
    """
    answer = plain_answer(messages.host_unknown(), 421)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def to_be_proved() -> BaseResponse:
    """Return the way to show anew who one is, and then back to the page where one was."""
    back = request.full_path.rstrip("?")
    if request.method not in SAFE:
        referrer = urlsplit(request.referrer or "")
        is_ours = referrer.netloc == request.host
        back = f"{referrer.path}?{referrer.query}".rstrip("?") if is_ours else "/"
    return redirect(url_for("sign.again", next=back), 303)


def sent_to(endpoint: str) -> BaseResponse:
    """Return the way to where somebody goes on.

    A part of a page that updates itself sends the whole page.
    """
    target = url_for(endpoint)
    if endpoint == "sign.page" and request.method == "GET" and request.path != "/":
        target = url_for(endpoint, next=request.full_path.rstrip("?"))
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("sign.page")})
    return redirect(target, 303)


def _wants_problem() -> bool:
    return g.get("session") is None and bool(g.get("asked_by_program"))
