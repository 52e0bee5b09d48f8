"""The command `creditgate`: nouns, then verbs; --json everywhere; exit codes 0, 1, 2."""

import sys

import click
import structlog

from gateway import __version__


def configure_logs() -> None:
    """Log one JSON object a line to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


@click.group()
@click.version_option(__version__)
def main() -> None:
    """公共信用信息交换网关 / Exchange gateway and standards hub for public credit records."""
    configure_logs()


def _register() -> None:
    # Imported late: `creditgate --version` should not wait for polars and lxml.
    from gateway.cli import check, conformance, demo, operate, schema, serve  # noqa: PLC0415

    for module in (serve, operate, check, schema, conformance, demo):
        for command in module.COMMANDS:
            main.add_command(command)


_register()
