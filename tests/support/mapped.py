"""A mapping of one field, and what becomes of values by it."""

import polars as pl

from gateway.mapping import Mapping, compile_mapping
from gateway.mapping.model import FeedMapping


def mapping_of(**fields: object) -> Mapping:
    """Compile a payment mapping in which only the given fields matter."""
    return compile_mapping(
        FeedMapping.model_validate(
            {
                "feed": "demo.payment",
                "department": "demo",
                "kind": "HousingFundPayment",
                "key": ["AccountNumber"],
                "change": {"mode": "update"},
                "columns": ["a", "b"],
                "values": {"joined": {"concat": ["a", "b"], "separator": "-"}},
                "fields": fields,
            }
        )
    )


def mapped(spec: object, *values: str | None, target: str = "Remark") -> list[str | None]:
    frame = pl.DataFrame(
        {"a": values, "b": ["k"] * len(values)}, schema={"a": pl.String, "b": pl.String}
    )
    return mapping_of(**{target: spec}).apply(frame).records[target].to_list()


def faults(spec: object, *values: str | None, target: str = "Remark") -> list[tuple[int, str]]:
    frame = pl.DataFrame(
        {"a": values, "b": ["k"] * len(values)}, schema={"a": pl.String, "b": pl.String}
    )
    found = mapping_of(**{target: spec}).apply(frame).faults
    return list(zip(found["row"], found["rule"], strict=True))
