"""What a unit held, in a few characters, to compare units of the same name. Pure.

Two sums over the hashes of its rows, each with its ref and the names of its columns: they do not
depend on how the rows were parted into batches. Hashes are polars' own, which are the same only
within one version of it.
"""

import hashlib

import polars as pl

_VERSION = f"named rows {pl.__version__}"
_HALF = 2**32


def contents_of(rows: pl.DataFrame, refs: pl.Series) -> str:
    """Return what a batch adds to its unit's contents."""
    if not rows.height:
        return _written(0, 0)
    # The same values under other names are another row.
    names = hashlib.sha256("\n".join(rows.columns).encode("utf-8", "surrogatepass")).digest()
    hashes = rows.with_columns(refs.alias("#ref")).hash_rows(int.from_bytes(names[:8]))
    return _written(int((hashes // _HALF).sum()), int((hashes % _HALF).sum()))


def of_refused(rule: str, zh: str) -> str:
    """Return the contents of a unit that is refused whole."""
    return f"refused {hashlib.sha256(f'{rule} {zh}'.encode()).hexdigest()}"


def joined(so_far: str | None, batch_contents: str) -> str | None:
    """Return the contents of a unit that has got one batch more; None where they are not known."""
    if so_far is None or batch_contents.startswith("refused "):
        return batch_contents or None
    version, *sums = so_far.split(":")
    added_version, *added = batch_contents.split(":")
    if version != _VERSION or added_version != version:
        return None
    first, second = (int(a, 16) + int(b, 16) for a, b in zip(sums, added, strict=True))
    return _written(first, second)


def are_known(contents: str | None) -> bool:
    """Whether contents can be held against others that are made now."""
    return contents is not None and contents.startswith((_VERSION, "refused "))


def _written(first: int, second: int) -> str:
    return f"{_VERSION}:{first:x}:{second:x}"


def is_refused(contents: str | None) -> bool:
    """Whether contents are those of a unit that was refused whole."""
    return contents is not None and contents.startswith("refused ")
