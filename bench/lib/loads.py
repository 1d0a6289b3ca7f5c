"""Runs the load generator through a peer, and what that costs the peer."""
import json
import subprocess

from .peers import OTHER_CORE, pinned

LOAD_SECONDS = 300


def command(site, peer, mode, port, options):
    words = [f"{k}={v}" for k, v in options.items()]
    return pinned(OTHER_CORE, site.tools / "load", mode, peer.host, peer.ports[port],
                  *words)


def run(site, peer, mode, port, options):
    """The report of one load; the peer's processor time for it is added, in
    seconds."""
    before = peer.cpu()
    done = subprocess.run(command(site, peer, mode, port, options),
                          capture_output=True, text=True, timeout=LOAD_SECONDS)
    if not done.stdout.strip():
        raise RuntimeError(f"{peer.name}: {mode}: {done.stderr}")
    report = json.loads(done.stdout)
    report["cpu"] = peer.cpu() - before
    if report["done"] == 0:
        raise RuntimeError(f"{peer.name}: {mode}: nothing was done: {done.stderr}")
    return report


class Holder:
    """Sessions that are logged in and stay until close()."""

    def __init__(self, site, peer, port, sessions):
        options = {"parallel": sessions, "tls": "y" if port == "imaps" else "n",
                   "count": sessions}
        self._process = subprocess.Popen(
            command(site, peer, "idle", port, options), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if line.strip() != "ready":
            raise RuntimeError(f"{peer.name}: idle: {line}"
                               f"{self._process.stderr.read()}")

    def close(self):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
        self._process.stderr.close()
