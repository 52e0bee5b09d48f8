"""A version of the standard whole, as files for someone else's tools. Pure but for reading the schema files."""

from gateway.reports.genericode import genericode
from gateway.standard.codelists import every_list
from gateway.standard.versions import exchange_files, rule_files, schema_files, up_to


def exported(version: str) -> dict[str, bytes]:
    """Give each file by its path: every schema in one folder a namespace, rules, code lists.

    In the source a version holds only what it changed; here every include finds its file beside
    it, so that any XML tool can use the folder.
    """
    files = {f"credit/{version}/{path.name}": path.read_bytes() for path in schema_files(version)}
    first = up_to(version)[0].encode()
    for path in exchange_files():
        text = path.read_bytes().replace(b"credit/" + first + b"/", f"credit/{version}/".encode())
        files[f"exchange/{path.parent.name}/{path.name}"] = text
    for path in rule_files(version):
        files[f"credit/{version}/rules/{path.name}"] = path.read_bytes()
    for found in every_list(version).values():
        files[f"codes/{found.name}.gc"] = genericode(found)
    return files
