"""What is shipped for running it says commands and files that there are, and lets readers start."""

import json
import os
import re
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from gateway.cli import main
from tests.support.places import ROOT

RUNNING = ROOT / "docs" / "running"


def understood(arguments: list[str]) -> bool:
    """Tell whether the command line knows the arguments, without doing anything."""
    result = CliRunner().invoke(main, [*arguments, "--help"])
    return result.exit_code == 0


def test_the_services_of_the_compose_file_are_run_by_commands_that_there_are() -> None:
    tree = YAML(typ="safe").load((RUNNING / "compose.yaml").read_text("utf-8"))
    commands = [value["command"] for value in tree["services"].values() if "command" in value]

    assert {command[2] for command in commands} == {"scheduler", "worker", "web"}
    assert all(understood(command) for command in commands)
    assert (
        RUNNING / tree["x-gateway"]["build"]["context"] / tree["x-gateway"]["build"]["dockerfile"]
    ).exists()


def test_the_container_is_made_of_files_that_there_are() -> None:
    text = (RUNNING / "Containerfile").read_text("utf-8")
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M)
        for name in line.split()
    ]

    assert copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_unit_starts_a_command_that_there_is(tmp_path: Path) -> None:
    text = (RUNNING / "creditgate.service").read_text("utf-8")
    [command] = re.findall(r"^ExecStart=/opt/creditgate/bin/creditgate (.*)$", text, re.M)
    assert understood(command.split())
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "creditgate.service"
    unit.write_text(text.replace("/opt/creditgate/bin/creditgate", "/bin/true"))
    process = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (
        process.returncode,
        [line for line in process.stderr.splitlines() if "creditgate.service" in line],
    ) == (0, [])


#: Runs a command as the unit would: these address families, these namespaces, nothing else. Of
#: systemd only its filters of system calls are made anew; its mounts keep no reader from starting.
CONFINED = """
import errno, os, socket, sys
import pyseccomp as seccomp

FLAGS = dict(cgroup=0x02000000, uts=0x04000000, ipc=0x08000000, user=0x10000000, pid=0x20000000,
             net=0x40000000, mnt=0x00020000)
families, namespaces, command = sys.argv[1].split(), sys.argv[2].split(), sys.argv[3:]
rules = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
for family in set(range(46)) - {int(getattr(socket, name)) for name in families}:
    rules.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.EQ, family))
for name in FLAGS.keys() - set(namespaces):
    flag = FLAGS[name]
    refused = seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag)
    rules.add_rule(seccomp.ERRNO(errno.EPERM), "unshare", refused)
rules.load()
os.execv(sys.executable, [sys.executable, *command])
"""
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


def setting_of_the_unit(name: str) -> str:
    text = (RUNNING / "creditgate.service").read_text("utf-8")
    [value] = re.findall(rf"^{name}=(.*)$", text, re.M)
    return str(value)


def network_of_a_reader(folder: Path, namespaces: str) -> str:
    """Return how a reader shuts its network where the unit's restrictions are in force."""
    (folder / "gateway.yaml").write_text(
        json.dumps(
            {
                "store": f"sqlite:///{folder / 'gateway.db'}",
                "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
                "centre": {},
            }
        )
    )
    families = setting_of_the_unit("RestrictAddressFamilies")
    dropped = WITHOUT_CAPABILITIES if os.geteuid() == 0 and shutil.which("setpriv") else ()
    check = ("-m", "gateway.cli", "settings", "check", "--json", "--settings")
    process = subprocess.run(
        [
            *dropped,
            sys.executable,
            "-c",
            CONFINED,
            families,
            namespaces,
            *check,
            str(folder / "gateway.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
    )
    assert process.returncode == 0, process.stderr
    return str(json.loads(process.stdout)["reader"]["network"])


def test_the_unit_lets_a_reader_start_and_shut_its_network(tmp_path: Path) -> None:
    if find_library("seccomp") is None:
        pytest.skip("libseccomp2 is not installed")

    own = network_of_a_reader(tmp_path, setting_of_the_unit("RestrictNamespaces"))
    without = network_of_a_reader(tmp_path, "")

    assert own in ("namespace", "seccomp")
    assert without == "seccomp"


def test_a_reader_that_the_kernel_ends_for_its_memory_does_not_end_the_unit() -> None:
    assert setting_of_the_unit("OOMPolicy") == "continue"
