"""The language that a reader has chosen: Chinese until they choose otherwise; and what every page shows."""

from flask import g, render_template, request

LANGUAGES = ("zh", "en")
COOKIE = "creditgate-language"


def language() -> dict[str, object]:
    """Give what templates need: the language, and `t`, which picks the text in it."""
    asked = request.args.get("lang")
    kept = request.cookies.get(COOKIE)
    lang = next((one for one in (asked, kept) if one in LANGUAGES), "zh")
    return {"lang": lang, "t": lambda zh, en: zh if lang == "zh" else en}


def page(template: str, **values: object) -> str:
    """Render a page with who is signed in, in their language."""
    session = g.get("session")
    return render_template(
        template, me=g.get("principal"), csrf=session.csrf if session else "", **language(), **values
    )  # fmt: skip
