"""What a process has used so far, read from the kernel."""

import os
import time
from pathlib import Path


def peak_mb(pid: int) -> float:
    """Return a running process's largest resident size so far, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> float:
    """Return the processor time of a running process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def exact_cpu_s(pid: int) -> float:
    """Return the processor time of a running process, to the nanosecond where the kernel has it.

    The number is Linux's for the clock of another process (see clock_getcpuclockid(3)).
    """
    return time.clock_gettime((~pid << 3) | 2)
