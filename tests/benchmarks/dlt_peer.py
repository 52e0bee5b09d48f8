"""The peer: dlt merges the same CSV file into PostgreSQL. Runs in an environment of its own.

Run as `python dlt_peer.py CSV POSTGRESQL_URL`; prints one JSON object. dlt neither maps to a
standard nor checks digits nor answers receipts: it is here as the yardstick that engineers know.
"""

import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dlt


def rows(path: str) -> Iterator[list[dict[str, str]]]:
    """Yield the file in pages of 10,000 rows."""
    page: list[dict[str, str]] = []
    with open(path, encoding="gb18030", newline="") as stream:  # noqa: PTH123
        for row in csv.DictReader(stream):
            page.append(row)
            if len(page) == 10_000:
                yield page
                page = []
    if page:
        yield page


def main() -> None:
    path, url = sys.argv[1:]
    # dlt wants a host and a password; the socket in the query decides where it connects.
    url = url.replace(":@/", ":unused@localhost/")
    pipeline = dlt.pipeline(
        "peer",
        destination=dlt.destinations.postgres(url),
        dataset_name="peer",
        pipelines_dir=f"{path}.dlt",
    )
    start = time.perf_counter()
    source = dlt.resource(
        rows(path), name="penalty", primary_key="CF_WSH", write_disposition="merge"
    )
    pipeline.run(source)
    took = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"seconds": took, "peak_mb": peak}))


if __name__ == "__main__":
    main()
