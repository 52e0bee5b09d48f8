"""Runs a command and prints what it took: `python -m tests.support.timed COMMAND...`; exits as it
did.

Processor time is that of the command and of all that it waited for; servers that it left to
themselves are not in it.
"""

import resource
import subprocess
import sys
import time

#: Minutes of processor time that the whole suite may take.
AIM = 12


def main() -> None:
    """Run the command line's command."""
    began = time.monotonic()
    code = subprocess.call(sys.argv[1:])
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    minutes = (usage.ru_utime + usage.ru_stime) / 60
    print(
        f"took {minutes:.1f} CPU minutes (aim: under {AIM}), "
        f"{(time.monotonic() - began) / 60:.1f} minutes in all",
        flush=True,
    )
    raise SystemExit(code)


if __name__ == "__main__":
    main()
