"""Record kinds of every version of the standard."""

from gateway.standard import VERSIONS, load_standard

#: Every kind as the newest version has it, and as older ones do where they differ.
EACH = [
    (version, name)
    for version, later in zip(VERSIONS, (*VERSIONS[1:], None), strict=True)
    for name, kind in sorted(load_standard(version).kinds.items())
    if later is None or kind.fields != load_standard(later).kind(name).fields
]
