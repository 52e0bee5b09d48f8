"""Writes the generated parts: the JSON Schema of mappings, the reference of the standard, its
reading.

Run as `python -m tests.support.generate`; a test holds the files against it.
"""

from pathlib import Path

import mappings
from gateway.mapping.model import json_schema
from gateway.standard import VERSIONS, Field, Kind, load_standard, rule_cache
from gateway.standard.rules import rule_file
from gateway.standard.version_diff import added_in
from gateway.standard.versions import reading_file, rule_cache_file
from gateway.standard.xsd_cache import as_text
from gateway.standard.xsd_reader import read_standard
from gateway.web.api import OPERATIONS
from gateway.web.api.routes import PREFIX

ROOT = Path(__file__).resolve().parents[2]


def generated() -> dict[Path, str]:
    """Give the text of every generated file."""
    return {
        mappings.ROOT / "feed.schema.json": json_schema(),
        ROOT / "docs" / "reference.md": reference(),
        ROOT / "docs" / "reference-api.md": api_reference(),
        **{reading_file(version): as_text(read_standard(version)) for version in VERSIONS},
        **{rule_cache_file(version): rule_cache.as_text(version) for version in VERSIONS},
    }


def api_reference() -> str:
    """Write every operation of the REST API with its right, and every route of the console."""
    lines = [
        f"| `{one.method} {PREFIX}{one.path}` | "
        f"{one.right}{', every department' if one.everywhere else ''} | {one.zh} | {one.en} "
        "| "
        f"{', '.join(f'`{query.name}`' + ('' if query.required else '?') for query in one.query)} |"
        for one in OPERATIONS
    ]
    head = (
        "# Reference: the REST API · 接口一览\n\nGenerated from `gateway/web/api/` by `make "
        "docs`. Bodies and answers: "
        f"`{PREFIX}/openapi.json`.\n\n| operation | right | 说明 | meaning | query "
        "|\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines) + "\n"


def reference() -> str:
    """Write the record kinds with every field, and the rules beyond the schema."""
    standard = load_standard()
    parts = [
        f"# Reference: the unified standard {standard.version} · 统一标准",
        (
            "Generated from `xsd/` by `make docs`. A mapping may name a field by any of its "
            "three names."
        ),
        *(_kind(standard.kinds[name]) for name in sorted(standard.kinds)),
        "## Rules beyond the schema · 模式之外的规则",
        "| rule | severity | fields | source | 说明 | meaning |\n|---|---|---|---|---|---|",
    ]
    rules = [
        f"| `{r.id}` | {r.severity} | {', '.join(r.fields)} | {r.source} | {r.zh} | {r.en} |"
        for r in rule_file()
    ]
    return "\n\n".join(parts) + "\n" + "\n".join(rules) + "\n"


def _kind(kind: Kind) -> str:
    head = f"## {kind.en} · {kind.zh} (`{kind.name}`)\n\nSource: {kind.source}\n\n"
    table = (
        "| element | 中文名 | code | required | type | class | since | source "
        "|\n|---|---|---|---|---|---|---|---|\n"
    )
    return head + table + "\n".join(_row(kind, field) for field in kind.fields)


def _row(kind: Kind, field: Field) -> str:
    said = field.type_zh
    if field.codes:
        said += "：" + "；".join(f"{code.value} {code.zh}" for code in field.codes)
    data_class = field.data_class + (", personal" if field.personal else "")
    required = "yes" if field.required else ""
    return (
        f"| {field.name} | {field.zh} | {field.code} | {required} | {said} | {data_class} | "
        f"{added_in(kind, field)} | {field.source} |"
    )


def main() -> None:
    for path, text in generated().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
