"""Translations of templates: gettext by Flask-Babel, read from the .po files beside the templates.

A template has a text in English, `_("Sign in")`, and `translations/zh/LC_MESSAGES/messages.po` has
it in Chinese: one file for whoever proof-reads, one more folder for a third language. Nothing is
compiled beforehand, so that a wheel carries what was proof-read. Texts of Python are in
`gateway.text`; no text is in both.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask

from gateway.web.kit.language import LANGUAGES, chosen_language

FOLDER = Path(__file__).with_name("translations")
#: The language that templates are written in, which needs no file.
SOURCE_LANGUAGE = "en"


class _Messages(flask_babel.Domain):  # type: ignore[misc]
    """The messages of every language; Flask-Babel's own domain wants compiled files."""

    def get_translations(self) -> NullTranslations:
        """Return the messages in the language of the request."""
        return read_messages(str(flask_babel.get_locale() or LANGUAGES[0]))


def install_translations(app: Flask) -> None:
    """Let templates of an application use `_`, `pgettext` and `ngettext`; read every file now.

    The texts are plain and are escaped like any other: with Jinja's newer style, which
    Flask-Babel would switch on, a translation could hold markup.
    """
    babel = flask_babel.Babel(app, default_locale=LANGUAGES[0], locale_selector=chosen_language)
    babel.domain_instance = _Messages()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        flask_babel.gettext,
        flask_babel.ngettext,
        newstyle=False,
        pgettext=flask_babel.pgettext,
        npgettext=flask_babel.npgettext,
    )
    for language in LANGUAGES:
        read_messages(language)


@cache
def read_messages(language: str) -> NullTranslations:
    """Return the messages of one language; raises OSError where its file is not there."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with po_file(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)


def po_file(language: str) -> Path:
    """Return where the messages of a language are."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"
