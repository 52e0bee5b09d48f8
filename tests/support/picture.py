"""Draws docs/demo.svg, the picture of a run: `python -m tests.support.picture`."""

import re
import tempfile
from pathlib import Path

from rich.console import Console

from gateway.demo.balance import complaints
from gateway.demo.town import Town
from gateway.destinations.http import open_queries
from gateway.reconciliation.report import show, summarise
from gateway.settings.load import load_settings
from gateway.store.open import open_store
from outbox import Outbox

TARGET = Path(__file__).resolve().parents[2] / "docs" / "demo.svg"


def main() -> None:
    """Run one whole exchange and draw its page of results."""
    with tempfile.TemporaryDirectory(prefix="creditgate-") as folder, Town(Path(folder)) as town:
        assert town.start_gateway("--once").wait(300) == 0
        assert complaints(town) == []
        settings = load_settings(town.settings_file)
        engine = open_store(settings.store)
        centre = open_queries(settings)
        summary = summarise(engine, Outbox(engine), centre)
        centre.close()
        engine.dispose()
    console = Console(record=True, width=120, highlight=False)
    show(summary, console)
    drawn = console.export_svg(title="creditgate demo --once")
    # rich names a font on a public host: a picture of ours asks nobody for anything.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    # Chinese signs are as wide as two of a terminal's cells only there: let them be as they are.
    drawn = re.sub(r' textLength="[^"]*"([^>]*>[^<]*[\u4e00-\u9fff])', r"\1", drawn)
    TARGET.write_text(drawn, "utf-8")


if __name__ == "__main__":
    main()
