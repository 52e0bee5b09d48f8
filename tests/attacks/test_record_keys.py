"""No key that merges records is proposed unseen, and what it merges is counted."""

from datetime import date
from random import Random

import polars as pl
import pytest
from sqlalchemy import Engine

import mappings
from gateway.cli.trial_view import Rows, trial_data
from gateway.events import store as event_store
from gateway.exchange import unit_store
from gateway.mapping import compile_mapping, load_mapping
from gateway.mapping.propose import Proposal, propose
from gateway.mapping.start import proposed_mapping
from gateway.masking import Warrant
from gateway.registry.trial import try_rows
from gateway.standard import NEWEST, load_standard
from gateway.standard.sample_identifiers import organisation_code, unified_code
from gateway.web.api.shown import trial_view
from tests.support.line import feed_of, fetch, sound_rows

STANDARD = load_standard(NEWEST)
LICENCE = "environment/licence.yaml"
ORGAN = ("环境局", "11441300007186000X")
CODES = [unified_code(Random(n), organisation_code(Random(n))) for n in range(8)]


def licences(numbers: list[str] | None = None, codes: list[str] = CODES) -> Proposal:
    """Propose for licences of firms of which each comes once in the sample."""
    columns = {"企业名称": [f"示例{n}" for n in range(len(codes))], "信用代码": codes}
    if numbers is not None:
        columns["决定书文号"] = numbers
    return propose(pl.DataFrame(columns), STANDARD.kind("AdministrativeLicence"), ORGAN)


def test_a_subjects_number_that_happens_to_differ_is_no_key_of_a_document() -> None:
    alone = licences()
    numbered = licences([f"许可〔2026〕{n}号" for n in range(8)])

    assert alone.key == ()
    assert numbered.key == ("OrganCode", "DocumentNumber")
    assert numbered.merged == 0


@pytest.mark.parametrize("kind", [kind.name for kind in STANDARD.kinds.values()])
def test_no_kind_of_documents_is_keyed_by_whom_it_is_about(kind: str) -> None:
    columns = {
        "统一社会信用代码": CODES,
        "注册号": [f"44130000000000{n}" for n in range(8)],
        "企业名称": [f"示例{n}" for n in range(8)],
        "法定代表人": [f"甲{n}" for n in range(8)],
    }
    proposal = propose(pl.DataFrame(columns), STANDARD.kind(kind), ORGAN)
    documents = any(
        field.required and field.name.endswith("Number") for field in STANDARD.kind(kind).fields
    )

    if documents:
        assert proposal.key == (), proposal.key


def test_a_key_says_how_many_rows_of_the_sample_it_would_merge() -> None:
    found = licences([f"许可〔2026〕{n // 2}号" for n in range(8)])
    text = proposed_mapping(found, "environment.licence")

    assert found.key == ("OrganCode", "DocumentNumber")
    assert found.merged == 4
    assert "8 行只有 4 条记录：4 行会与其他行合为一条" in text


def test_the_trial_counts_rows_that_replace_others_and_those_that_repeat_them() -> None:
    rows = sound_rows(LICENCE, 4)
    mapping = load_mapping(mappings.ROOT / LICENCE)
    rows.append(rows[0] | {"XK_NR": "其他内容"})
    rows.append(dict(rows[1]))
    sample = pl.DataFrame(rows, schema=dict.fromkeys(mapping.columns, pl.String))
    trial = try_rows(sample, mapping, date(2026, 4, 1))

    assert trial.refused == 0
    assert (trial.replaced, trial.repeated) == (1, 1)
    assert trial.key == mapping.key
    assert "rows 6, records 4 only" in trial.key_text.en


def test_programs_are_told_what_a_trial_would_merge_as_people_are() -> None:
    rows = sound_rows(LICENCE, 3)
    mapping = load_mapping(mappings.ROOT / LICENCE)
    rows.append(rows[0] | {"XK_NR": "其他内容"})
    sample = pl.DataFrame(rows, schema=dict.fromkeys(mapping.columns, pl.String))
    trial = try_rows(sample, mapping, date(2026, 4, 1))
    by_api = trial_view(trial, Warrant("li", "adapter.trial", "environment.licence", "test"))
    by_command = trial_data(trial, Rows(mapping, None))

    assert (by_api.key, by_api.replaced, by_api.repeated) == (mapping.key, 1, 0)
    assert [by_command[name] for name in ("key", "replaced", "repeated")] == [mapping.key, 1, 0]


def test_rows_that_lack_a_part_of_the_key_are_counted_as_what_they_merge_to() -> None:
    rows = sound_rows(LICENCE, 3)
    model = load_mapping(mappings.ROOT / LICENCE).model
    mapping = compile_mapping(model.model_copy(update={"key": ("XK_XKJGDM", "XK_XDR_SWDJ")}))
    rows = [row | {"XK_XDR_SWDJ": ""} for row in rows]
    sample = pl.DataFrame(rows, schema=dict.fromkeys(mapping.columns, pl.String))
    trial = try_rows(sample, mapping, date(2026, 4, 1))

    assert (trial.keyless, trial.replaced) == (3, 2)


def test_the_first_fetch_counts_and_tells_what_replaced_others(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 4)
    other = rows[0] | {"XK_NR": "其他内容"}
    another = rows[0] | {"XK_NR": "第三种内容"}
    # Two in one batch, and one in the next: the second kind looked like an ordinary change.
    feed, adapter = feed_of(LICENCE, [*rows, other], [another], mode="update")
    report = fetch(engine, feed)
    adapter.units.append([rows[0]])
    fetch(engine, feed)

    assert (report.counts["superseded"], report.changed, report.replaced) == (1, 1, 2)
    with engine.connect() as connection:
        latest = unit_store.latest(connection, feed.name, 10)
        events = [
            event
            for event in event_store.events(connection, 50)
            if event.name == "records.replaced"
        ]
    assert [one.replaced for one in reversed(latest)] == [1, 1, 1]
    # Of the first fetch it is told; later it is what the feed is for.
    assert len(events) == 1
    assert "2 took the place of others" in events[0].text.en
