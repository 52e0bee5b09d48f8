"""How long to wait on a machine that has other things to do."""

import os

#: Most that a wait is lengthened.
MOST = 5.0


def patient(seconds: float) -> float:
    """Lengthen a wait by as many processes as want each core; it is as it is on a machine at rest.

    The suite's own two towns are no reason to wait longer.
    """
    wanted = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * min(MOST, max(1.0, wanted / 2))
