"""Shows what a table of advisories says of the packages that are installed: as texts, and as
JSON.
"""

from collections.abc import Iterator
from typing import Any

from gateway.dependencies.advisories import Comparison, Unsound
from gateway.text import Text
from gateway.text import dependencies as messages


def comparison_texts(comparison: Comparison) -> Iterator[Text]:
    """Yield what people read; it never says that all is well, and always how old the table is."""
    for unsound in comparison.unsound:
        yield _unsound_text(unsound)
        if unsound.advisory.unverified is not None:
            yield messages.not_verified(unsound.advisory.unverified)
    compared, unknown = len(comparison.compared), len(comparison.unknown)
    yield messages.extent(compared, len(comparison.unsound), unknown)
    yield messages.age(comparison.made.isoformat(), comparison.age_days)
    yield messages.online()


def comparison_view(comparison: Comparison) -> dict[str, Any]:
    """Return the same as JSON has it."""
    return {
        "table": {"made": comparison.made.isoformat(), "age_days": comparison.age_days},
        "below": [
            {
                "package": unsound.package,
                "installed": unsound.installed,
                "least": unsound.advisory.least,
                "advisories": list(unsound.advisory.names),
                "date": unsound.advisory.date.isoformat(),
                "source": unsound.advisory.source,
                "unverified": unsound.advisory.unverified,
            }
            for unsound in comparison.unsound
        ],
        "compared": list(comparison.compared),
        "not_in_the_table": list(comparison.unknown),
    }


def _unsound_text(unsound: Unsound) -> Text:
    advisory = unsound.advisory
    names = ", ".join(advisory.names)
    if not unsound.comparable:
        return messages.not_comparable(unsound.package, unsound.installed, advisory.least, names)
    fault = Text(advisory.what_zh, advisory.what_en)
    day = advisory.date.isoformat()
    return messages.below(unsound.package, unsound.installed, advisory.least, names, fault, day)
