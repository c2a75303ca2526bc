"""Hosts of their own on one machine: network namespaces around a switch, whose cables can be pulled.

with Network("web0", "web1") as network:   # NoNetworkError where the kernel, or somebody, does not allow it
    network.address("web0")                # 10.77.0.1; this process is at `HERE`
    network.pull("web0")                   # the cable, not the process: packets are lost, nobody is told
    network.plug("web0")
"""

import ctypes
import os
import shutil
import subprocess
from contextlib import ExitStack
from typing import Self

EVERYBODY, HERE = "10.77.0.0/24", "10.77.0.254"
_PREFIX = 24
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET


class NoNetworkError(Exception):
    """No host can be made here; its message says why."""


def enter(name: str) -> None:
    """Move this process to the host of this name; its threads and connections of before stay where they were."""
    # os.setns comes with Python 3.12.
    library = ctypes.CDLL(None, use_errno=True)
    place = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if library.setns(place, _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"the network {name} cannot be entered")
    finally:
        os.close(place)


class Network:
    """A switch in a namespace of its own, a cable from it to each host, and one to this process."""

    def __init__(self, *hosts: str) -> None:
        # Namespaces belong to the whole machine; whoever drills beside us has others.
        self._tag = f"sl{os.getpid() % 100_000}"
        self._hosts = {host: at for at, host in enumerate(hosts, 1)}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise NoNetworkError("it takes root and iproute2")
        with ExitStack() as stack:
            self._add(self._switch, stack)
            self._ip("-n", self._switch, "link", "add", "bridge", "type", "bridge")
            self._ip("-n", self._switch, "link", "set", "bridge", "up")
            for host, at in self._hosts.items():
                self._add(self.name(host), stack)
                self._cable(at, self.name(host), f"10.77.0.{at}")
            self._cable(254, "", HERE)
            stack.callback(self._ip, "link", "del", self._end(254))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def name(self, host: str) -> str:
        """The namespace of a host."""
        return f"{self._tag}-{host}"

    def address(self, host: str) -> str:
        return f"10.77.0.{self._hosts[host]}"

    def pull(self, host: str) -> None:
        """Pull the cable at the switch."""
        self._ip("-n", self._switch, "link", "set", self._port(self._hosts[host]), "down")

    def plug(self, host: str) -> None:
        """Plug it in again."""
        self._ip("-n", self._switch, "link", "set", self._port(self._hosts[host]), "up")

    @property
    def _switch(self) -> str:
        return f"{self._tag}-switch"

    def _port(self, at: int) -> str:
        return f"port{at}"

    def _end(self, at: int) -> str:
        return f"{self._tag}e{at}"

    def _add(self, name: str, stack: ExitStack) -> None:
        self._ip("netns", "add", name)
        stack.callback(self._ip, "netns", "del", name)
        self._ip("-n", name, "link", "set", "lo", "up")

    def _cable(self, at: int, there: str, address: str) -> None:
        """From the switch to a host, or ("") to where this process is."""
        port, end = self._port(at), self._end(at)
        within = ["-n", there] if there else []
        self._ip("link", "add", end, "type", "veth", "peer", "name", port, "netns", self._switch)
        self._ip("-n", self._switch, "link", "set", port, "master", "bridge", "up")
        if there:
            self._ip("link", "set", end, "netns", there)
        self._ip(*within, "address", "add", f"{address}/{_PREFIX}", "dev", end)
        self._ip(*within, "link", "set", end, "up")

    def _ip(self, *words: str) -> None:
        done = subprocess.run(["ip", *words], capture_output=True, check=False)
        if done.returncode != 0:
            raise NoNetworkError(f"ip {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")


def runs_at(name: str, user: int) -> list[str]:
    """The command that starts another on the host of this name, as this user."""
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return ["ip", "netns", "exec", name, *as_user]
