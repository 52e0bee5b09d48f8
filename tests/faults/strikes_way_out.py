"""What is done on other ways to the centre than HTTP."""

import signal
import time
from random import Random

from tests.faults.strikes import listening
from tests.faults.world import FaultTown


def centre_side_killed(town: FaultTown, rng: Random) -> bool:
    """Kill whatever of the centre takes packages, and let it come back."""
    listening(town)
    town.release()
    time.sleep(rng.uniform(0.2, 2))
    if town.taker is not None:
        town.taker.kill()
        town.taker.wait()
    else:
        town.centre.kill()
        town.centre.wait()
    time.sleep(rng.uniform(0, 1.5))
    if town.taker is not None:
        town.start_taker()
    else:
        town.restart_centre()
    return True


def centre_side_frozen(town: FaultTown, rng: Random) -> bool:
    """Freeze whatever of the centre takes packages for some seconds."""
    listening(town)
    process = town.taker or town.centre
    process.send_signal(signal.SIGSTOP)
    town.release()
    time.sleep(rng.uniform(2, 5))
    process.send_signal(signal.SIGCONT)
    return True


def between_gone(town: FaultTown, rng: Random) -> bool:
    """End the server between gateway and centre, and let it come back."""
    assert town.way is not None
    listening(town)
    town.release()
    time.sleep(rng.uniform(0.2, 1.5))
    town.way.crash()
    time.sleep(rng.uniform(1, 2.5))
    town.way.restart()
    # A taker without its broker may have ended: the service manager would start it.
    time.sleep(1)
    town.start_taker()
    return True
