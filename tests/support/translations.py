"""Keeps the translations of templates whole: holds the .po files to what templates say.

`python -m tests.support.translations` (`make translations`) writes new messages into each file,
empty, takes out those that no template says any more, and fails until every one is translated.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from gateway.web.kit.language import LANGUAGES
from gateway.web.translations import SOURCE_LANGUAGE, po_file

TEMPLATES = po_file(SOURCE_LANGUAGE).parents[3] / "templates"
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
_HEADER = """\
# {language}: 页面文字 / the texts of pages. 校对只改 msgstr / to proof-read, change msgstr alone.
# 改后运行 make translations / then run make translations.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_KEYWORDS = {"_": None, "pgettext": ((1, "c"), 2), "ngettext": (1, 2)}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_CHINESE = re.compile("[\u3400-\u9fff]")


def extracted(folder: Path = TEMPLATES) -> Catalog:
    """Return every message of the templates in a folder, in their order, each with its files."""
    catalog = Catalog()
    method = [("**.html", "jinja2.ext:babel_extract")]
    places = extract_from_dir(folder, method, keywords=_KEYWORDS)
    for file, line, message, comments, context in places:
        catalog.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return catalog


def updated(language: str, text: str, messages: Catalog) -> str:
    """Return a .po file brought to the messages of the templates; a new one is empty."""
    catalog = read_po(BytesIO(text.encode()), locale=language)
    catalog.update(messages, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    written = BytesIO()
    write_po(written, catalog, width=0, omit_header=True, include_lineno=False)
    return _HEADER.format(language=language) + written.getvalue().decode()


def faults(language: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a translation: missing, doubtful, or with other placeholders."""
    for message in read_po(BytesIO(text.encode()), locale=language):
        if message.id:
            yield from (f"{language}: {message.id!r}: {fault}" for fault in _faults(message))


def _faults(message: Message) -> Iterator[str]:
    sources, translations = _parts(message.id), _parts(message.string)
    if not all(translations):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked as doubtful (fuzzy)"
    if any(map(_CHINESE.search, sources)) or not all(map(_CHINESE.search, translations)):
        yield "msgid is the English, msgstr the Chinese text"
    names = set(_PLACEHOLDER.findall(" ".join(sources)))
    if not all(_takes(part, names) for part in translations):
        yield f"must have the placeholders {sorted(names)}, and no other % than these"


def _takes(text: str, names: set[str]) -> bool:
    """Whether a text has just these placeholders and can be formatted by them."""
    if not names:
        return not _PLACEHOLDER.search(text)
    try:
        text % dict.fromkeys(names, 1)
    except (KeyError, ValueError, TypeError):
        return False
    return set(_PLACEHOLDER.findall(text)) == names


def _parts(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def main() -> int:
    """Write the files anew; return 1 where something is left to translate."""
    messages, wrong = extracted(), []
    for language in TRANSLATED:
        path = po_file(language)
        text = updated(language, path.read_text("utf-8"), messages)
        path.write_text(text, "utf-8")
        wrong += faults(language, text)
    print(*(wrong or [f"{len(messages)} messages, all translated"]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
