"""Programs under test: started, found again with all they forked, ended by their id."""
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

from lib.deadline import Deadline, wait_until

# setpriv is util-linux, so everywhere. If the tests are killed outright, the
# kernel ends what they started; a program that drops root loses that guard.
GUARD = ("setpriv", "--pdeathsig", "TERM", "--")

# What a program forked may take a moment longer than itself to end.
LEFTOVERS_SECONDS = 5.0
KILL_SECONDS = 10.0


class Process(NamedTuple):
    pid: int
    parent: int
    session: int
    arguments: str      # the command line, or the title it gave itself


def _read_process(pid):
    """What /proc says, or None if it is gone. A zombie is gone: it only waits for
    a parent that may be in no hurry."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # The name in parentheses may hold blanks and parentheses of its own.
    state, parent, _group, session = stat.rpartition(")")[2].split()[:4]
    if state in "ZX":
        return None
    words = arguments.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return Process(int(pid), int(parent), int(session), words)


def all_processes():
    found = (_read_process(pid) for pid in os.listdir("/proc") if pid.isdigit())
    return [process for process in found if process is not None]


def private_memory(pid):
    """Octets that are a process's own: its heap and stack, not the program's text."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s*(\d+) kB", status, re.M)[1]) * 1024


class Program:
    """One program in a kernel session of its own. Whatever it forks stays in that
    session, even when its parent has died, and so can be found and counted."""

    def __init__(self, name, arguments, folder, env=None,
                 leftovers_seconds=None):
        self.name = name
        self.arguments = [str(a) for a in arguments]
        self.folder = folder
        self.env = env
        self._leftovers_seconds = leftovers_seconds or LEFTOVERS_SECONDS
        self._output = folder / "output"
        self._popen = None

    def start(self):
        with open(self._output, "ab") as out:
            self._popen = subprocess.Popen(
                [*GUARD, *self.arguments], cwd=self.folder, env=self.env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True)

    @property
    def pid(self):
        return self._popen.pid

    def started(self):
        """Started, and neither stopped nor killed: it may have ended by itself."""
        return self._popen is not None

    def running(self):
        return self._popen is not None and self._popen.poll() is None

    def ensure_running(self):
        if not self.running():
            assert self._popen is not None, f"{self.name} was not started"
            raise AssertionError(
                f"{self.name} ended with status {self._popen.returncode}:\n"
                + self.output_text())

    def output_text(self):
        """What it wrote to stdout and stderr: all there is before it has a log."""
        if not self._output.exists():
            return ""
        return self._output.read_text(errors="backslashreplace")

    def members(self):
        """Every process of its session: itself, children, orphans."""
        if self._popen is None:
            return []
        return [p for p in all_processes() if p.session == self.pid]

    def children(self, pattern=""):
        """Direct children whose command line or title has a match of pattern."""
        return [p for p in self.members()
                if p.parent == self.pid and re.search(pattern, p.arguments)]

    def signal(self, number):
        self._popen.send_signal(number)

    def wait(self, seconds):
        """Its exit status; negative is the signal that ended it."""
        try:
            return self._popen.wait(Deadline(seconds).left())
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds:g} s"
                                 ) from None

    def stop(self, seconds=10.0):
        """Asks it to end, and returns its exit status; None if it was not started,
        or stopped before. Nothing may be left of it; what is left is killed all the
        same."""
        if self._popen is None:
            return None
        try:
            self._popen.terminate()
            status = self.wait(seconds)
            self.ensure_nothing_left()
            return status
        finally:
            self.kill()

    def ensure_nothing_left(self):
        wait_until(lambda: not self.members(), self._leftovers_seconds, lambda: (
            f"{self.name} to be gone; still there: {self.members()}"))

    def kill(self):
        """Ends it and all it forked at once, each by its id; itself first, so that
        it cannot start them again."""
        if self._popen is None:
            return
        self._popen.kill()
        self._popen.wait()
        wait_until(self._kill_members, KILL_SECONDS, f"{self.name} to be killed")
        self._popen = None

    def _kill_members(self):
        members = self.members()
        for process in members:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return not members
