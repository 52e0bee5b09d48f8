"""Templates compiled once in the process of the tests: each console of a test is an application of
its own.

What is compiled is known by the template's name and its source, as in the files that Jinja writes.
"""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class _InMemory(BytecodeCache):
    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._compiled.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[(bucket.key, bucket.checksum)] = bucket.bytecode_to_string()


def compile_templates_once() -> None:
    """Let every application of this process share what its templates are compiled to."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _InMemory()}
