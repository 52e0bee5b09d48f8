"""Commands that try an adapter and change nothing at its source: adapter test, propose, try, dry-run."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from adapters import AdapterError, Step
from adapters.formats.encoding import LOOKED_AT
from adapters.reader.bodies import encoding_guesses
from adapters.wsdl import described
from gateway.cli.opening import harmless_feed, opened, registry_of
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option
from gateway.clock import utc_now
from gateway.exchange.dry_run import rehearsal_view, rehearse
from gateway.mapping import Mapping, read_mapping
from gateway.mapping.disclosure import source_mask
from gateway.mapping.propose import Proposal, likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.masking import Personal, Warrant, masked_name
from gateway.operations.disclosure import disclosed
from gateway.registry import Registry, open_registry
from gateway.registry.trial import Trial, TrialRow
from gateway.standard import NEWEST, load_standard
from gateway.standard.disclosure import NOTHING_KNOWN, RowMask, record_mask
from gateway.text import Text
from gateway.text import disclosure as messages

#: Rows, faults and kinds shown to a person.
_SHOWN = 5
#: Signs of a cell that are shown in a table.
_CELL = 40

whole_option = click.option(
    "--whole",
    is_flag=True,
    help="不遮蔽个人信息，留痕 / show people's data unmasked; it is kept on record",
)
organ_option = click.option(
    "--organ",
    type=(str, str),
    metavar="NAME CODE",
    help="本部门名称和统一社会信用代码，用于来源没有的机关栏目 / the department's name and unified code, for fields that the source lacks",
)
record_option = click.option(
    "--record",
    metavar="KIND",
    help="记录类型；缺省按样例判断 / record kind; judged from the sample by default",
)
mode_option = click.option(
    "--change",
    "mode",
    type=click.Choice(("append", "update", "full")),
    default="append",
    show_default=True,
    help="只增、可变、每次全量 / only new rows, rows may change, the whole list each time",
)


@click.command("test")
@click.argument("feed")
@settings_option
@json_option
@explained
def adapter_test(feed: str, settings_file: Path, as_json: bool) -> None:
    """逐步测试连接，不作改动 / Test the connection step by step; changes nothing."""
    with harmless_feed(settings_file, feed) as (found, _):
        run_steps(feed, found.adapter.test(), source_mask(found.mapping), as_json=as_json)


def run_steps(
    feed: str, steps: Iterable[Step], mask: RowMask = NOTHING_KNOWN, *, as_json: bool
) -> None:
    """Show a connection test as it goes, its rows masked; exits with 1 at the step that fails."""
    passed: list[dict[str, Any]] = []
    problem: Text | None = None
    try:
        for step in steps:
            rows = (
                []
                if step.sample is None
                else [mask.row(Personal(row)) for row in step.sample.head(_SHOWN).to_dicts()]
            )
            passed.append(
                {
                    "zh": step.name_zh,
                    "en": step.name_en,
                    "ok": step.ok,
                    "detail": step.detail,
                    "sample": rows,
                }
            )
            if not as_json:
                click.echo(f"✓ {step.name_zh} / {step.name_en}  {step.detail}")
                for row in rows:
                    click.echo(f"    {row}")
    except AdapterError as error:
        problem = Text(error.zh, error.en)
    if as_json:
        print_json(
            {
                "feed": feed,
                "ok": problem is None,
                "steps": passed,
                "problem": problem and asdict(problem),
            }
        )
    if problem is not None:
        if not as_json:
            click.echo(f"✗ {problem.zh}\n  {problem.en}", err=True)
        raise SystemExit(FAILED)


@click.command("propose")
@click.argument("feed")
@record_option
@organ_option
@mode_option
@click.option("--keep", is_flag=True, help="存为新版本 / keep it as a new version")
@person_option
@settings_option
@json_option
@explained
def adapter_propose(
    feed: str,
    record: str | None,
    organ: tuple[str, str] | None,
    mode: str,
    keep: bool,
    person: str,
    settings_file: Path,
    as_json: bool,
) -> None:
    """读 200 行样例，提出映射 / Read 200 rows and propose a mapping, each line with how sure it is."""
    with registry_of(settings_file) as registry:
        found = proposals(registry, feed, record, organ)
        text = proposed_mapping(found[0], feed, mode)
        if keep:
            keep_mapping(registry, feed, text, person, "proposed from a sample")
    if as_json:
        print_json(
            {
                "kinds": [
                    {
                        "kind": one.kind.name,
                        "zh": one.kind.zh,
                        "confidence": round(one.confidence, 2),
                    }
                    for one in found[:_SHOWN]
                ],
                "matches": [
                    {
                        "column": m.column,
                        "field": m.field.name,
                        "zh": m.field.zh,
                        "confidence": m.confidence,
                        "why": asdict(m.why),
                        "source": m.source,
                    }
                    for m in found[0].matches
                ],
                "missing": [one.name for one in found[0].missing],
                "idle": found[0].idle,
                "mapping": text,
            }
        )
        return
    show_kinds(found)
    click.echo(text, nl=False)


def proposals(
    registry: Registry, feed: str, record: str | None, organ: tuple[str, str] | None
) -> list[Proposal]:
    """Propose mappings from a feed's sample, the likeliest record kind first, or of one kind only."""
    rows = registry.sample(feed).rows
    standard = load_standard(NEWEST)
    if record is not None:
        return [propose(rows, standard.kind(record), organ)]
    return likeliest(rows, standard.kinds.values(), organ)


def show_kinds(found: list[Proposal]) -> None:
    """Say on standard error which record kinds a sample may be."""
    if len(found) > 1:
        kinds = "，".join(
            f"{one.kind.name}（{one.kind.zh}）{one.confidence:.2f}" for one in found[:3]
        )
        click.echo(f"可能的记录类型 / record kinds, likeliest first: {kinds}", err=True)


def keep_mapping(registry: Registry, feed: str, text: str, person: str, why: str) -> int:
    """Keep a mapping as a new version of an adapter; give its number."""
    definition = registry.show(feed).newest.definition
    # A draft may lack its mapping; one that is given has something in it.
    read_mapping(text, feed)
    return registry.change(definition.model_copy(update={"mapping": text}), person, why)


@click.command("try")
@click.argument("feed")
@whole_option
@person_option
@settings_option
@json_option
@explained
def adapter_try(feed: str, whole: bool, person: str, settings_file: Path, as_json: bool) -> None:
    """样例试映射：逐行并列记录与退回 / Map a sample: rows, records and refusals side by side; it must pass to go live."""
    with opened(settings_file) as (settings, engine, box):
        registry = open_registry(settings, box, settings_file.resolve().parent, utc_now)
        text = registry.show(feed).newest.definition.mapping
        why = messages.trial().en
        warrant = (
            disclosed(engine, utc_now(), person, "adapter.trial", feed, why) if whole else None
        )
        trial = registry.trial(feed, person)
        rows = Rows(read_mapping(text, feed), warrant)
    if as_json:
        print_json(trial_data(trial, rows))
    else:
        show_trial(trial, rows)
    if trial.why_not is not None:
        raise SystemExit(FAILED)


@dataclass(frozen=True, slots=True)
class Rows:
    """How rows of a trial are shown: masked, or whole to who has a warrant."""

    mapping: Mapping
    warrant: Warrant | None

    def source(self, row: TrialRow) -> dict[str, Any]:
        """Return a row as received."""
        if self.warrant is not None:
            return dict(row.source.reveal(self.warrant))
        return source_mask(self.mapping).row(row.source)

    def record(self, row: TrialRow) -> dict[str, Any]:
        """Return the record that was made of a row."""
        if self.warrant is not None:
            return dict(row.record.reveal(self.warrant))
        return record_mask(self.mapping.kind).row(row.record)

    def cleaned(self, row: TrialRow) -> list[tuple[str, str, str]]:
        """Return what cleaning changed: field, received, kept."""
        return [
            (field, self._value(field, received), self._value(field, kept))
            for field, received, kept in row.cleaned
        ]

    def _value(self, field: str, value: Personal[str]) -> str:
        if self.warrant is not None:
            return value.reveal(self.warrant)
        return record_mask(self.mapping.kind).one(field, value)


def trial_data(trial: Trial, rows: Rows) -> dict[str, Any]:
    """Return a trial as data."""
    return {
        "rows": len(trial.rows),
        "refused": trial.refused,
        "keyless": trial.keyless,
        "key": trial.key,
        "replaced": trial.replaced,
        "repeated": trial.repeated,
        "passed": trial.why_not is None,
        "why_not": trial.why_not and asdict(trial.why_not),
        "extra": trial.extra and asdict(trial.extra),
        "reasons": [{**asdict(fault), "count": count} for fault, count in trial.reasons],
        "sample": [
            {
                "number": row.number,
                "source": rows.source(row),
                "record": rows.record(row),
                "faults": [asdict(fault) for fault in row.faults],
                "cleaned": rows.cleaned(row),
            }
            for row in trial.rows
        ],
    }


def show_trial(trial: Trial, rows: Rows) -> None:
    """Show a trial to a person: refused rows first, then some that pass."""
    if trial.reached:
        click.echo(f"{trial.passed_text.zh}\n{trial.passed_text.en}")
        return
    some = sorted(trial.rows, key=lambda row: not row.faults)[:_SHOWN]
    print_table(
        f"样例 {len(trial.rows)} 行，退回 {trial.refused} 行 / sample: {len(trial.rows)} rows, {trial.refused} refused",
        ("行 / row", "来源 / source", "记录 / record", "退回原因 / refusal"),
        [
            (
                row.number,
                _cells(rows.source(row)),
                _cells(rows.record(row)),
                "\n".join(f"{f.field} {f.rule}\n{f.text.zh}\n{f.text.en}" for f in row.faults)
                or "✓",
            )
            for row in some
        ],
    )
    for fault, count in trial.reasons[:_SHOWN]:
        click.echo(f"  {count} × {fault.field} {fault.rule}: {fault.text}")
    if trial.extra is not None:
        click.echo(str(trial.extra))
    if trial.rows:
        click.echo(f"记录键 / record key {', '.join(trial.key)}: {trial.key_text}")
    if trial.keyless:
        click.echo(f"{trial.keyless} 行缺记录键 / rows lack a part of the record key")
    said = trial.why_not
    click.echo(
        "样例通过，可以上线 / the sample passes: it may go live"
        if said is None
        else f"✗ {said.zh}\n  {said.en}"
    )


def _cells(row: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {str(value)[:_CELL]}" for name, value in row.items() if value)


@click.command("dry-run")
@click.argument("feed")
@click.option(
    "--rows",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="至多看多少行 / how many rows to look at",
)
@whole_option
@person_option
@settings_option
@json_option
@explained
def adapter_dry_run(
    feed: str, rows: int, whole: bool, person: str, settings_file: Path, as_json: bool
) -> None:
    """预演下次采集：将送出什么，什么也不送 / What the next fetch would send; nothing is sent, kept or told."""
    with harmless_feed(settings_file, feed) as (tried, engine):
        why = messages.dry_run().en
        warrant = (
            disclosed(engine, utc_now(), person, "adapter.dry_run", feed, why) if whole else None
        )
        found = rehearsal_view(rehearse(engine, tried, utc_now(), rows), warrant)
    if as_json:
        print_json(
            {
                "feed": feed,
                "rows": found.rows,
                "counts": found.counts,
                "more": found.more,
                "records": found.records,
                "remarks": [asdict(one) for one in found.remarks],
                "complaints": [asdict(one) for one in found.complaints],
            }
        )
        return
    counts = "  ".join(f"{name} {count:,}" for name, count in found.counts.items())
    counts = counts or "来源现在没有新的行 / the source has no new row at present"
    click.echo(f"{feed}  {counts}{'  …' if found.more else ''}")
    for remark in found.remarks:
        click.echo(str(remark))
    print_table(
        "将被退回 / would be refused",
        ("单元 / unit", "行 / row", "字段 / field", "规则 / rule", "原因 / reason"),
        [
            (
                masked_name(one.unit.partition("@")[0]),
                one.ref,
                one.field,
                one.rule,
                f"{one.text.zh}\n{one.text.en}",
            )
            for one in found.complaints[: 4 * _SHOWN]
        ],
    )
    click.echo("将送出的记录（示例） / records that would be sent, for instance:")
    for record in found.records[:_SHOWN]:
        click.echo(f"  {record[:300]}")


@click.command("encoding")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@explained
def adapter_encoding(file: Path, as_json: bool) -> None:
    """文本可能的编码及其首行，由人确认 / Which encodings a text may be in, with its first lines; a person decides."""
    with file.open("rb") as stream:
        found = encoding_guesses(stream.read(LOOKED_AT))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        f"{file.name}：请核对首行后写入设置 encoding / look at the lines, then set `encoding`",
        ("编码 / encoding", "可能性 / likelihood", "首行 / first lines"),
        [(one.encoding, f"{one.likelihood:.2f}", "\n".join(one.lines)) for one in found],
    )


@click.command("operations")
@click.argument("wsdl", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@explained
def adapter_operations(wsdl: Path, as_json: bool) -> None:
    """WSDL 的绑定、操作、参数和行的位置 / A WSDL's bindings, operations, arguments, and where rows are."""
    found = described(wsdl)
    if as_json:
        print_json({binding: [asdict(one) for one in listed] for binding, listed in found.items()})
        return
    print_table(
        wsdl.name,
        ("binding", "operation", "参数 / arguments", "设置 / settings"),
        [
            (binding, one.name, ", ".join(one.arguments), "\n".join(one.settings()))
            for binding, listed in found.items()
            for one in listed
        ],
    )


COMMANDS = (
    adapter_encoding,
    adapter_operations,
    adapter_test,
    adapter_propose,
    adapter_try,
    adapter_dry_run,
)
