"""The mapping editor: a table of every field, filled from a sample.

With a preview of what comes out.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as BaseResponse

from gateway.clock import local_day
from gateway.errors import GatewayError
from gateway.mapping import MappingError, read_mapping
from gateway.mapping.edit import (
    code_tables,
    columns_of,
    entries,
    kind_of,
    named_values,
    with_columns,
    with_entries,
)
from gateway.mapping.model import CleanStep
from gateway.mapping.propose import likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.registry.definition import RegistryError
from gateway.registry.samples import Sample, Samples, sample_of_file
from gateway.registry.trial import try_rows
from gateway.standard import NEWEST, Kind, load_standard
from gateway.standard.disclosure import NOTHING_KNOWN, record_mask
from gateway.text import Text
from gateway.text import console as texts
from gateway.web.console.adapters import newest_mask
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import back, flashing, note

#: Rows of a preview.
_PREVIEW = 8
_MODES = ("append", "update", "full")
CLEANS: tuple[CleanStep, ...] = ("half_width", "collapse", "upper", "citizen_18")


def mapping_routes(routes: Blueprint, console: Console) -> None:
    """Add the mapping's routes to those of adapters."""
    samples = Samples(console.engine, console.gateway.outbox.seal, console.clock)

    def form_of(feed: str) -> tuple[str, Kind | None, Sample | None]:
        """Return the mapping that is being written, its kind, and the sample."""
        text = console.registry.mapping_in_work(feed)
        return text, _kind_if_any(text), samples.read(feed)

    @routes.get("/<feed>/mapping")
    def mapping(feed: str) -> str:
        text, kind, sample = form_of(feed)
        if text and kind is None:
            with flashing():
                kind_of(text)
        table = entries(text, kind) if kind else []
        columns = _columns(text, sample) if kind else (sample.rows.columns if sample else [])
        return page(
            "mapping.html",
            feed=feed,
            kind=kind,
            sample=sample,
            table=table,
            columns=columns,
            text=text,
            named=named_values(text) if kind else [],
            tables=code_tables(text) if kind else [],
            cleans=CLEANS,
            modes=_MODES,
            kinds=load_standard(NEWEST).kinds.values(),
            mask=newest_mask(console, feed),
        )

    @routes.post("/<feed>/sample", endpoint="propose")
    def prepare(feed: str) -> BaseResponse:
        """Take a sample from a file, or propose a mapping from the one that is kept."""
        with flashing():
            if request.form.get("action") == "upload":
                upload = request.files.get("file")
                if upload is None or not upload.filename:
                    raise RegistryError.of(texts.choose_file())
                definition = console.registry.show(feed).newest.definition
                rows = sample_of_file(definition, upload.filename, upload.stream.read())
                samples.keep(feed, rows, principal().name)
                note(texts.sample_kept())
            else:
                _propose(console, feed, samples.read(feed))
        return back("adapters.mapping", feed=feed)

    @routes.post("/<feed>/preview")
    def preview(feed: str) -> str:
        text, kind, sample = form_of(feed)
        trial, wrong = None, None
        try:
            if kind is not None and sample is not None:
                text = with_entries(_filled(text, sample), kind, _changed(request.form, kind))
                trial = try_rows(sample.rows, read_mapping(text, feed), local_day(console.clock()))
        except MappingError as error:
            wrong = error
        mask = record_mask(kind) if kind else NOTHING_KNOWN
        rows = trial.rows[:_PREVIEW] if trial else ()
        filled = {name for row in rows for name in mask.row(row.record)}
        shown_fields = [field for field in kind.fields if field.name in filled] if kind else []
        return page(
            "mapping-preview.html",
            trial=trial,
            wrong=wrong,
            shown=shown_fields,
            most=_PREVIEW,
            mask=mask,
        )

    @routes.post("/<feed>/mapping")
    def save(feed: str) -> BaseResponse:
        with flashing():
            text, kind, sample = form_of(feed)
            if "yaml" in request.form:
                text = request.form["yaml"].replace("\r\n", "\n")
            elif kind is None:
                raise RegistryError.of(texts.no_mapping())
            else:
                text = with_entries(_filled(text, sample), kind, _changed(request.form, kind))
            number = console.registry.write_mapping(
                feed, text, principal().name, request.form.get("why", "")
            )
            note(texts.mapping_saved(number))
        return back("adapters.mapping", feed=feed)


def _kind_if_any(text: str) -> Kind | None:
    """Return the kind that a mapping is for.

    None for a mapping that names none, which these very routes mend.
    """
    with suppress(GatewayError):
        return kind_of(text) if text else None
    return None


def _columns(text: str, sample: Sample | None) -> list[str]:
    """Name the columns to choose from: the sample's, then those that the mapping names besides."""
    return list(dict.fromkeys([*(sample.rows.columns if sample else ()), *columns_of(text)]))


def _filled(text: str, sample: Sample | None) -> str:
    """Return a mapping's text, its columns those of the sample where there is one."""
    if sample is None or columns_of(text) == sample.rows.columns:
        return text
    return with_columns(text, sample.rows.columns)


def _propose(console: Console, feed: str, sample: Sample | None) -> None:
    if sample is None:
        raise RegistryError.of(texts.no_sample())
    standard = load_standard(NEWEST)
    name, code = (request.form.get(field, "").strip() for field in ("organ", "organ_code"))
    organ = (name, code) if name and code else None
    chosen = request.form.get("record", "")
    best = (
        propose(sample.rows, standard.kind(chosen), organ)
        if chosen
        else likeliest(sample.rows, standard.kinds.values(), organ)[0]
    )
    mode = request.form.get("mode", "append")
    text = proposed_mapping(best, feed, mode if mode in _MODES else "append")
    note(texts.mapping_proposed(Text(best.kind.zh, best.kind.en), best.confidence))
    if best.merged:
        note(texts.record_key(best.key_why))
    console.registry.write_mapping(feed, text, principal().name, "proposed from a sample")


def _changed(form: ImmutableMultiDict[str, str], kind: Kind) -> dict[str, Mapping[str, Any] | None]:
    """Read the sources that the table gives; what only YAML can say is not in it and stays."""
    return {
        field.name: _source(form, field.name)
        for field in kind.fields
        if f"from.{field.name}" in form
    }


def _source(form: ImmutableMultiDict[str, str], name: str) -> dict[str, Any] | None:
    def entry(part: str) -> str:
        return form.get(f"{part}.{name}", "").strip()

    source: dict[str, Any] = {}
    if entry("constant"):
        source["constant"] = entry("constant")
    elif entry("from"):
        source["from"] = entry("from")
    else:
        return None
    if cleans := [text for text in form.getlist(f"clean.{name}") if text in CLEANS]:
        source["clean"] = cleans
    for part in ("date", "month"):
        if patterns := [text.strip() for text in entry(part).split(";") if text.strip()]:
            source[part] = patterns
    for part in ("codes", "default"):
        if entry(part):
            source[part] = entry(part)
    if entry("unit"):
        source["unit"] = "yuan_to_10k"
    if empty := [text.strip() for text in entry("empty").split(";") if text.strip()]:
        source["empty"] = empty
    if entry("required"):
        source["required"] = True
    return source
