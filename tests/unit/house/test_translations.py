"""Texts of templates: every one is translated, and a page has it in its reader's language."""

from pathlib import Path

import pytest
from flask import Flask, render_template_string

from gateway.web.translations import install_translations, po_file
from tests.support.translations import TRANSLATED, extracted, faults, updated


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_templates_is_translated_and_none_besides(language: str) -> None:
    text = po_file(language).read_text("utf-8")

    assert updated(language, text, extracted()) == text, "run make translations"
    assert [*faults(language, text)] == []


def test_a_new_text_is_noticed_until_it_is_translated(tmp_path: Path) -> None:
    (tmp_path / "new.html").write_text('{{ _("%(count)d packages wait", count=3) }}')

    text = updated("zh", "", extracted(tmp_path))

    assert 'msgid "%(count)d packages wait"\nmsgstr ""' in text
    assert len([*faults("zh", text)]) == 1
    assert [
        *faults("zh", text.replace('wait"\nmsgstr ""', 'wait"\nmsgstr "%(count)d 包等待"'))
    ] == []


def test_a_text_that_no_template_has_any_more_goes(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('{{ _("Sign in") }}')
    former = 'msgid "Sign in"\nmsgstr "登录"\n\nmsgid "Sign out"\nmsgstr "退出"\n'

    text = updated("zh", former, extracted(tmp_path))

    assert "登录" in text
    assert "退出" not in text


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "Sign in"\nmsgstr ""',
        'msgid "Sign in"\nmsgstr "Sign in"',
        'msgid "登录"\nmsgstr "登录"',
        '#, fuzzy\nmsgid "Sign in"\nmsgstr "登录"',
        'msgid "%(name)s is here"\nmsgstr "他来了"',
        'msgid "%(name)s is here"\nmsgstr "%(who)s 来了"',
        'msgid "%(name)s is here"\nmsgstr "%(name)s 来了 100%"',
        'msgid "Nobody is here"\nmsgstr "%(name)s 没来"',
        'msgid "one row"\nmsgid_plural "%(num)d rows"\nmsgstr[0] ""',
    ],
)
def test_a_translation_that_is_missing_doubtful_or_unlike_its_text_is_a_fault(entry: str) -> None:
    assert [*faults("zh", f"{entry}\n")]


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    install_translations(app)
    return app


@pytest.mark.parametrize(
    ("address", "cookie", "text"),
    [
        ("/", "", "登录"),
        ("/?lang=en", "", "Sign in"),
        ("/", "creditgate-language=en", "Sign in"),
        ("/?lang=zh", "creditgate-language=en", "登录"),
        ("/?lang=../../etc", "", "登录"),
    ],
)
def test_a_page_has_its_texts_in_the_readers_language_and_in_chinese_by_default(
    app: Flask, address: str, cookie: str, text: str
) -> None:
    with app.test_request_context(address, headers={"Cookie": cookie}):
        assert render_template_string('{{ _("Sign in") }}') == text


def test_a_word_with_two_meanings_has_two_translations(app: Flask) -> None:
    template = '{{ pgettext("proving once more who one is", "Go on") }}'
    further = '{{ pgettext("to the next step of signing in", "Go on") }}'

    with app.test_request_context("/"):
        assert render_template_string(template) == "验证"
        assert render_template_string(further) == "继续"


def test_neither_a_translation_nor_what_is_put_in_it_is_markup(app: Flask) -> None:
    app.jinja_env.autoescape = True
    name = "%(name)s's first sign-in, rendered once and to be changed then:"
    template = f'{{{{ _("The password for {name}", name="<b>") }}}}'

    with app.test_request_context("/?lang=en"):
        rendered = render_template_string(template)

    assert rendered.startswith("The password for &lt;b&gt;&#39;s first")
