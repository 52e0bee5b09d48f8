"""Command of the central database's audit chain."""

import click

from gateway import audit
from gateway.cli.central_sender import centre_store, store_option
from gateway.cli.output import FAILED, explained, json_option, print_json, print_table
from gateway.clock import local_text
from gateway.text import columns, table_titles


@click.command("audit")
@store_option
@json_option
@explained
def central_audit(store: str, as_json: bool) -> None:
    """列出中心库的审计日志并核验；链断则以 1 退出 / List the centre's audit log and verify its
    chain; exit 1 where it is broken.
    """
    with centre_store(store) as engine, engine.connect() as connection:
        entries = list(audit.entries(connection))
    broken = audit.first_broken(entries)
    if as_json:
        rows = [
            {
                "number": e.number,
                "at": e.at,
                "person": e.person,
                "act": e.act,
                "target": e.target,
                "detail": e.detail,
                "digest": e.digest,
            }
            for e in entries
        ]
        print_json({"entries": rows, "broken": None if broken is None else str(broken.text)})
    else:
        print_table(
            table_titles.audit_log_title(),
            (
                columns.number_of_centre(),
                columns.time(),
                columns.who_column(),
                columns.act_of_centre(),
                columns.target(),
                columns.detail_of_centre(),
            ),
            [(e.number, local_text(e.at), e.person, e.act, e.target, e.detail) for e in entries],
        )
    if broken is not None:
        click.echo(str(broken.text), err=True)
        raise SystemExit(FAILED)
