"""The language that a reader has chosen: Chinese until they choose otherwise."""

from flask import request, session

LANGUAGES = ("zh", "en")


def language() -> dict[str, object]:
    """Give what templates need: the language, and `t`, which picks the text in it."""
    if request.args.get("lang") in LANGUAGES:
        session["lang"] = request.args["lang"]
    lang = session.get("lang", "zh")
    return {"lang": lang, "t": lambda zh, en: zh if lang == "zh" else en}
