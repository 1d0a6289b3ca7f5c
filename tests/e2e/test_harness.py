"""The harness proves itself: addresses, logs, and what a run leaves behind."""
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lib import logfile, ports
from lib.deadline import wait_until
from lib.process import all_processes

HERE = Path(__file__).parent


# ---- addresses -------------------------------------------------------------------

def test_a_claimed_address_is_nobody_elses(scene):
    mine = scene.address()
    with socket.socket() as other, pytest.raises(OSError):
        other.bind((mine.ip, ports.CLAIM_PORT))


def test_a_claim_ends_with_its_holder():
    program = ("from lib.ports import Address; import os; print(Address(), flush=True);"
               "os._exit(0)")
    done = subprocess.run([sys.executable, "-c", program], cwd=HERE, text=True,
                          capture_output=True, check=True)
    with socket.socket() as next_one:
        next_one.bind((done.stdout.strip(), ports.CLAIM_PORT))


def test_a_taken_port_is_passed_over(scene):
    address = scene.address()
    with socket.create_server((address.ip, 10143)):
        assert address.port("imap") == 11143
    assert address.port("imap") == 10143
    assert address.port("imap") == 12143


# ---- logs ------------------------------------------------------------------------

def test_a_line_is_read_once_it_is_whole(tmp_path):
    log = logfile.LogFile(tmp_path / "log")
    assert log.lines() == [] and log.mark() == 0
    log.path.write_text("one\ntw")
    assert log.lines() == ["one"]
    mark = log.mark()
    log.path.write_text("one\ntwo\nthree\n")
    assert log.find("^t.") == ["two", "three"]
    assert log.lines(since=mark) == ["o", "three"]
    with pytest.raises(AssertionError, match="there are 1"):
        log.wait_for_count("three", 2, timeout=0.05)


@pytest.mark.parametrize("line, fields", [
    ("Login: user=<jane>, rip=192.0.2.7, TLS, session=<a/b+>",
     {"user": "jane", "rip": "192.0.2.7", "session": "a/b+"}),
    ("Login: user=<>, forward_a=<x, y=1>, lport=143",
     {"user": "", "forward_a": "x, y=1", "lport": "143"}),
])
def test_fields_of_a_line(line, fields):
    assert logfile.fields(line) == fields


# ---- a run of pytest ---------------------------------------------------------------

SCENARIOS = """
import os, threading
from lib.fake_imap import FakeImap

def test_fails(scene, dovecot):
    scene.imap(scene.fake(FakeImap())).ok(b"NOOP said to the fake")
    scene.imap(dovecot).login("jane", "secret")
    dovecot.login("jane")
    assert False

def test_wants_usher(make_usher):
    pass

def test_hangs(scene, dovecot):
    os.mkdir(os.environ["REACHED"])
    threading.Event().wait()
"""


class Pytest:
    """pytest on SCENARIOS, with a folder for temporary files that must end empty."""

    def __init__(self, folder):
        self.temporary = folder / "t"
        self.temporary.mkdir()
        self.temporary.chmod(0o755)
        self.file = folder / "test_scenarios.py"
        self.file.write_text(SCENARIOS)
        for name in ("conftest.py", "pytest.ini"):
            shutil.copy(HERE / name, folder)
        self.reached = folder / "reached"

    def start(self, *arguments, **env):
        own = {k: v for k, v in os.environ.items()
               if not k.startswith(("USHER_", "PYTEST_"))}
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments, self.file],
            cwd=self.file.parent, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**own, "PYTHONPATH": str(HERE), "TMPDIR": str(self.temporary),
                 "REACHED": str(self.reached), **env})

    def run(self, *arguments, **env):
        with self.start(*arguments, **env) as process:
            return process.communicate(timeout=40)[0]

    def run_until_it_hangs(self, signal_number, *arguments):
        with self.start("-k", "hangs", *arguments) as process:
            wait_until(self.reached.exists, 20, "test_hangs to begin")
            assert self.processes()
            os.killpg(process.pid, signal_number)   # as a terminal does
            process.communicate(timeout=40)

    def processes(self):
        return [p for p in all_processes() if str(self.temporary) in p.arguments]

    def gone(self):
        wait_until(lambda: not self.processes(), 10,
                   lambda: f"{self.processes()} to be gone")
        return True


@pytest.fixture
def inner(run):
    folder = run.folder / run.new_name("inner")
    folder.mkdir()
    return Pytest(folder)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_a_failure_shows_the_logs_and_leaves_nothing(inner, arguments):
    said = inner.run("-k", "fails", *arguments)
    assert "1 failed" in said
    assert "log of dovecot-1" in said and "imap-login: Info: Login: user=<jane>" in said
    assert r"a1 NOOP said to the fake\r\n" in said
    assert os.listdir(inner.temporary) == []
    assert inner.gone()


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_a_run_that_is_called_off_leaves_nothing(inner, arguments):
    inner.run_until_it_hangs(signal.SIGTERM, *arguments)
    assert inner.gone()
    assert os.listdir(inner.temporary) == []


def test_a_run_that_is_killed_leaves_no_processes(inner):
    inner.run_until_it_hangs(signal.SIGKILL)
    assert inner.gone()


def test_a_hanging_test_is_ended(inner):
    said = inner.run("-k", "hangs", USHER_TEST_PATIENCE="0.02")
    assert "took more than 1.2 s" in said and "log of dovecot-1" in said


def test_tests_of_usher_are_skipped_only_on_a_workbench(inner):
    said = inner.run("-k", "usher")
    assert "1 skipped" in said and "USHER_BUILD is not set" in said
    said = inner.run("-k", "usher", USHER_TEST_NEVER_SKIP="1")
    assert "1 error" in said and "USHER_BUILD is not set" in said


def test_the_seed_makes_the_order(inner):
    def order(seed):
        said = inner.run("--collect-only", "-q", USHER_TEST_SEED=seed)
        return [line for line in said.splitlines() if "::" in line]
    orders = [order(seed) for seed in ("1", "1", "2", "4")]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2] or orders[0] != orders[3]
    assert len(orders[0]) == 3
