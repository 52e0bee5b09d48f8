"""Commands about the standard itself: its kinds, its reference as pages, made-up samples."""

import csv
import io
from dataclasses import asdict
from pathlib import Path
from random import Random
from uuid import UUID

import click
import polars as pl

from gateway.cli.output import FAILED, explained, json_option, print_json, print_table
from gateway.clock import local_day, utc_now
from gateway.documents.export import exported
from gateway.documents.standard import reference_pages
from gateway.documents.template import template
from gateway.mapping.start import Headings, starting_mapping
from gateway.protocol.header import Header
from gateway.protocol.package_writer import PACKAGE_RECORDS, package_xml, record_xml
from gateway.standard import NEWEST, VERSIONS, Kind, load_standard
from gateway.standard.codelists import code_list, every_list
from gateway.standard.digest import short_digests
from gateway.standard.samples import Record, as_frame, sound, spoiled
from gateway.standard.version_diff import differences
from gateway.text import columns, command_output, option_help, standard_columns, table_titles

version_option = click.option(
    "--version",
    type=click.Choice(VERSIONS),
    default=NEWEST,
    show_default=True,
    help=str(option_help.schema_version()),
)


@click.group()
def schema() -> None:
    """统一标准：类型、参考、样例 / The unified standard: kinds, reference, samples."""


@schema.command("list")
@version_option
@json_option
@explained
def schema_list(version: str, as_json: bool) -> None:
    """列出记录类型 / List the record kinds."""
    kinds = [kind for _, kind in sorted(load_standard(version).kinds.items())]
    if as_json:
        print_json(
            [
                {
                    "kind": k.name,
                    "zh": k.zh,
                    "en": k.en,
                    "source": k.source,
                    "fields": len(k.fields),
                }
                for k in kinds
            ]
        )
    else:
        print_table(
            table_titles.record_kinds_title(),
            (columns.kind(), "中文", "English", standard_columns.fields()),
            [(k.name, k.zh, k.en, len(k.fields)) for k in kinds],
        )


@schema.command("docs")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@version_option
@explained
def schema_docs(folder: Path, version: str) -> None:
    """把标准写成网页，每类一页 / Write the standard as pages, one a record kind."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = reference_pages(local_day(utc_now()), version)
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    click.echo(str(command_output.pages_written(len(pages), folder / "index.html")))


@schema.command("template")
@click.argument("kind_name", metavar="KIND")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@version_option
@explained
def schema_template(kind_name: str, file: Path, version: str) -> None:
    """写出 Excel 采集模板 / Write the Excel collection template of a record kind."""
    file.write_bytes(template(load_standard(version).kind(kind_name)))
    click.echo(str(file))


@schema.command("mapping")
@click.argument("kind_name", metavar="KIND")
@click.option(
    "--feed", required=True, metavar="DEPARTMENT.FEED", help=str(option_help.schema_feed())
)
@click.option(
    "--key",
    required=True,
    multiple=True,
    metavar="FIELD",
    help=str(option_help.schema_key()),
)
@click.option(
    "--headings",
    type=click.Choice(("code", "zh", "en")),
    default="code",
    show_default=True,
    help=str(option_help.schema_headings()),
)
@version_option
@explained
def schema_mapping(
    kind_name: str, feed: str, key: tuple[str, ...], headings: Headings, version: str
) -> None:
    """写出起步映射，写到标准输出 / Write a mapping to begin with to standard output."""
    kind = load_standard(version).kind(kind_name)
    click.echo(starting_mapping(kind, feed, key, headings), nl=False)


@schema.command("sample")
@click.argument("kind_name", metavar="KIND")
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, PACKAGE_RECORDS))
@click.option(
    "--spoiled",
    "harm",
    is_flag=True,
    help=str(option_help.schema_spoiled()),
)
@click.option(
    "--as", "form", type=click.Choice(("xml", "csv", "json")), default="xml", show_default=True
)
@click.option(
    "--headings",
    type=click.Choice(("code", "zh", "en")),
    default="code",
    show_default=True,
    help=str(option_help.schema_sample_headings()),
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    help=str(option_help.schema_seed()),
)
@version_option
@explained
def schema_sample(
    kind_name: str, count: int, harm: bool, form: str, headings: Headings, seed: int, version: str
) -> None:
    """写出虚构样例，写到标准输出；json 就是部门推送的正文 / Write made-up records to standard
    output; json is the body that a department pushes.
    """
    kind, today = load_standard(version).kind(kind_name), local_day(utc_now())
    rng = Random(seed)  # noqa: S311
    harmed = [spoiled(kind, rng, today) for _ in range(count)] if harm else []
    records = [sample.record for sample in harmed] or [
        sound(kind, rng, today) for _ in range(count)
    ]
    if form == "json":
        names = _headings(kind, headings)
        print_json(
            {"rows": [{names[n]: value for n, value in record.items()} for record in records]}
        )
    elif form == "csv":
        click.echo(_csv(kind, records, headings), nl=False)
    else:
        click.echo(_package(kind, records, rng), nl=False)
    for number, sample in enumerate(harmed, 1):
        click.echo(f"{number}: {sample.field} {', '.join(sample.rules)}", err=True)


@schema.command("diff")
@click.argument("old", type=click.Choice(VERSIONS))
@click.argument("new", type=click.Choice(VERSIONS))
@json_option
@explained
def schema_diff(old: str, new: str, as_json: bool) -> None:
    """两个版本的差异；有不兼容处则以 1 退出 / Differences of two versions; exit code 1 if any is
    incompatible.
    """
    changes = differences(load_standard(old), load_standard(new))
    if as_json:
        print_json(
            [
                {"place": d.place, "zh": d.text.zh, "en": d.text.en, "compatible": d.compatible}
                for d in changes
            ]
        )
    else:
        print_table(
            str(command_output.differences(old, new, len(changes))),
            (
                standard_columns.where(),
                standard_columns.difference(),
                standard_columns.old_senders(),
            ),
            [
                (
                    d.place,
                    f"{d.text.zh}\n{d.text.en}",
                    "不受影响 unaffected" if d.compatible else "须修改 must change",
                )
                for d in changes
            ],
        )
    if not all(d.compatible for d in changes):
        raise SystemExit(FAILED)


@schema.command("codes")
@click.argument("name", metavar="LIST", required=False)
@click.option("--code", help=str(option_help.schema_code()))
@json_option
@explained
def schema_codes(name: str | None, code: str | None, as_json: bool) -> None:
    """列出代码表，或一张表的代码及其沿革 / List the code lists, or the codes of one with their
    history.
    """
    if name is None:
        lists = every_list(NEWEST).values()
        if as_json:
            print_json(
                [
                    {
                        "name": c.name,
                        "zh": c.zh,
                        "en": c.en,
                        "source": c.source,
                        "edition": c.edition,
                        "note": c.note,
                        "codes": len(c.codes),
                    }
                    for c in lists
                ]
            )
        else:
            print_table(
                table_titles.code_lists_title(),
                (
                    standard_columns.list_column(),
                    "中文",
                    columns.source_of_list(),
                    standard_columns.edition(),
                    standard_columns.codes(),
                ),
                [(c.name, c.zh, c.source, c.edition, len(c.codes)) for c in lists],
            )
        return
    chosen = every_list(NEWEST).get(name) or code_list(name)
    codes = [c for c in chosen.codes if code in (None, c.value)]
    if as_json:
        print_json([asdict(c) for c in codes])
    else:
        print_table(
            f"{chosen.zh} / {chosen.en}，{chosen.source}",
            (
                standard_columns.code(),
                "中文",
                "English",
                standard_columns.listed(),
                standard_columns.successors(),
            ),
            [
                (
                    c.value,
                    c.zh,
                    c.en,
                    f"{c.first_listed} – {c.last_listed}".strip(" –"),
                    " ".join(c.successors),
                )
                for c in codes
            ],
        )
    if not codes:
        raise SystemExit(FAILED)


@schema.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@version_option
@explained
def schema_export(folder: Path, version: str) -> None:
    """写出一个版本的全套模式、规则与代码表（genericode） / Write a version whole: schemas, rules,
    code lists (genericode).
    """
    files = exported(version)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    click.echo(str(command_output.files_written(len(files), folder)))


def _headings(kind: Kind, headings: Headings) -> dict[str, str]:
    return {f.name: {"code": f.code, "zh": f.zh, "en": f.name}[headings] for f in kind.fields}


def _csv(kind: Kind, records: list[Record], headings: Headings) -> str:
    """Write records under headings: national codes, as legacy files have them, or names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_headings(kind, headings).values())
    writer.writerows([record[name] for name in kind.field_names] for record in records)
    return text.getvalue()


def _package(kind: Kind, records: list[Record], rng: Random) -> str:
    keys = pl.Series(short_digests(f"{kind.name} {n}" for n in range(len(records))))
    changes = pl.repeat("added", len(records), dtype=pl.String, eager=True)
    header = Header(
        str(UUID(int=rng.getrandbits(128), version=4)),
        "sample",
        f"sample.{kind.name.lower()}",
        kind.name,
        kind.version,
        1,
        utc_now(),
        len(records),
    )
    return package_xml(header, record_xml(as_frame(kind, records), kind, keys, changes)).decode()


COMMANDS = (schema,)
