"""What a reader takes from itself before it looks at a byte: network, cores, memory, descriptors.

Called in the reader only; `shut_network` before anything is imported that has threads, so this file
imports nothing of ours.
"""

import contextlib
import ctypes
import errno
import os
import resource
from typing import Literal

#: How the network is shut, or that it is not.
Network = Literal["namespace", "seccomp", "open"]
_NEW_USER, _NEW_NETWORK = 0x1000_0000, 0x4000_0000
_NO_NEW_PRIVILEGES = 38
#: Descriptors that a reader may hold: its pipes, the unit's file, two spools, and its libraries'.
_DESCRIPTORS = 64
#: Exit code of a reader that ran out of memory.
OUT_OF_MEMORY = 77
_SOCKET_CALLS = ("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4")


def shut_network() -> Network:
    """Shut the network by the kernel where it lets us; return how."""
    if _own_namespace():
        return "namespace"
    return "seccomp" if _no_sockets() else "open"


def _own_namespace() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(_NEW_USER | _NEW_NETWORK) == 0)


def _no_sockets() -> bool:
    try:
        import pyseccomp  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415
    except (ImportError, RuntimeError, OSError):
        return False
    try:
        rules = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
        for name in _SOCKET_CALLS:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        rules.load()
    except (OSError, ValueError, RuntimeError):
        return False
    return True


def give_up_privileges() -> None:
    """Drop what could be gained: rights, core files,
    and the kernel's mercy when memory is short.
    """
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The kernel ends a reader before the gateway that serves everybody.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as stream:  # noqa: PTH123
        stream.write("1000")
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))


def bound_memory(megabytes: int) -> None:
    """Bound the address space to what it is now and some megabytes more."""
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123
        pages = int(stream.read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def bound_processor_time(seconds: int) -> None:
    """Let this process use some seconds more of processor time; then SIGXCPU ends it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, most))
