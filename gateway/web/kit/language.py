"""The language that a reader has chosen, and what every page shows.

It is Chinese until they choose otherwise.
"""

from flask import g, render_template, request

LANGUAGES = ("zh", "en")
COOKIE = "creditgate-language"


def chosen_language() -> str:
    """Return the language of the address, or else of the reader's cookie, or Chinese."""
    wishes = (request.args.get("lang"), request.cookies.get(COOKIE))
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])


def language() -> dict[str, object]:
    """Return what templates need: the language, and `t`, which picks the text in it.

    Texts that stand in a template itself go by gettext instead (`gateway.web.translations`).
    """
    lang = chosen_language()
    return {"lang": lang, "t": lambda zh, en: zh if lang == "zh" else en}


def page(template: str, **values: object) -> str:
    """Return a page with who is signed in, in their language."""
    session = g.get("session")
    return render_template(
        template,
        me=g.get("principal"),
        csrf=session.csrf if session else "",
        **language(),
        **values,
    )
