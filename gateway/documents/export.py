"""A version of the standard whole, as files for someone else's tools.

Pure but for reading the schema files.
"""

from gateway.documents.genericode import genericode
from gateway.standard.codelists import every_list
from gateway.standard.schema_set import schema_set
from gateway.standard.versions import rule_files


def exported(version: str) -> dict[str, bytes]:
    """Return each file by its path: the root schema, every schema, the rules and the code lists."""
    files = dict(schema_set(version))
    for path in rule_files(version):
        files[f"credit/{version}/rules/{path.name}"] = path.read_bytes()
    for code_list in every_list(version).values():
        files[f"codes/{code_list.name}.gc"] = genericode(code_list)
    return files
