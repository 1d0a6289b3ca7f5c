"""The harness proves itself: how it starts, watches and ends usher."""
import os
import signal

import pytest

from lib.deadline import wait_until
from lib.usher import backend_row


@pytest.fixture
def make(make_usher):
    """A usher with one listener and nobody behind it; start=False to change more."""
    def make(start=True, **config):
        usher = make_usher(start=False)
        usher.listen("imap", tls="off")
        usher.configure(auth=[{"driver": "static", "fields": {"host": "127.0.0.1"}}])
        usher.configure(**config)
        return usher.start() if start else usher
    return make


def test_it_is_ready_when_it_says_so(scene, make):
    usher = make()
    assert len(usher.children("worker")) == 2
    assert scene.imap(usher).peer == (usher.host, usher.ports["imap"])
    assert usher.stop() == 0
    assert usher.processes() == []


def test_an_unhappy_end_is_told(make):
    usher = make()
    usher.signal(signal.SIGKILL)
    assert usher.stop() == -signal.SIGKILL


def test_a_status_nobody_asked_for_fails_the_test(make):
    usher = make()
    usher.signal(signal.SIGKILL)
    with pytest.raises(AssertionError, match="status -9"):
        usher.close()


def test_dying_before_it_is_ready_is_told_at_once(make):
    usher = make(start=False, no_such_key="x")
    with pytest.raises(AssertionError, match="no such key"):
        usher.start()
    assert usher.stop() == 1


def test_a_refused_configuration(make):
    usher = make(start=False)
    usher.write_config("no-such-key: x\n")
    status, said = usher.run_to_end()
    assert status == 1
    assert said.startswith(f"{usher.folder}/usher.yaml:1:1: no-such-key: ")


def test_the_operator_is_heard(make):
    usher = make()
    assert usher.ctl("--json", "status").startswith("{")
    usher.ctl("no-such-command", status=2)
    with pytest.raises(AssertionError, match="status 2"):
        usher.ctl("no-such-command")


def test_a_reload_brings_the_new_configuration(scene, make):
    usher = make(login={"greeting": "old"})
    usher.configure(login={"greeting": "new"})
    usher.reload()
    usher.wait_for_log("supervisor.reloaded")
    assert scene.imap(usher, greeting=False).greeting().endswith(b"] new")


def test_a_child_can_be_killed_by_its_role(make):
    usher = make()
    usher.expected_events.add("child.died")
    pid = usher.kill("worker")
    died = usher.wait_for_log("child.died", process=pid)
    assert (died["role"], died["status"]) == ("worker", signal.SIGKILL)
    wait_until(lambda: len(usher.children("worker")) == 2, 5, "a new worker")
    assert pid not in [p.pid for p in usher.children("worker")]


def test_a_log_for_people_is_no_hindrance(make):
    usher = make(log={"format": "dovecot"})
    assert usher.log_lines("supervisor.ready") == []
    assert usher.stop() == 0


# ---- what must not go unseen ---------------------------------------------------------

def test_a_sanitizers_report_fails_the_test(make):
    usher = make()
    (usher.reports / "sanitizer.1").write_text("ERROR: heap-use-after-free")
    assert ("reports on " + usher.name) in [title for title, _ in usher.evidence()]
    with pytest.raises(AssertionError, match="heap-use-after-free"):
        usher.stop()


def test_an_error_in_the_log_fails_the_test(make):
    usher = make()
    usher.kill("auth")
    usher.wait_for_log("child.died")
    with pytest.raises(AssertionError, match="child.died"):
        usher.stop()


def test_unless_it_was_expected(make):
    usher = make()
    usher.expected_events.add("child.died")
    usher.kill("auth")
    usher.wait_for_log("child.died")
    assert usher.stop() == 0


def test_a_process_that_stays_behind_fails_the_test(make, monkeypatch):
    """One that was stopped does not notice that its supervisor is gone."""
    monkeypatch.setattr("lib.process.LEFTOVERS_SECONDS", 0.2)
    usher = make()
    usher.kill("worker", signal.SIGSTOP)
    usher.signal(signal.SIGKILL)
    with pytest.raises(AssertionError, match="to be gone; still there.*worker"):
        usher.stop()
    assert usher.processes() == []


def test_it_can_run_under_another_program(make, monkeypatch):
    """As under valgrind; this one leaves a trace and makes way."""
    monkeypatch.setenv("USHER_WRAPPER",
                       "sh -c 'touch {reports}/../trace && exec \"$0\" \"$@\"'")
    usher = make()
    assert usher.config["process"]["sandbox"] is False
    assert (usher.folder / "trace").exists()


# ---- configuration ---------------------------------------------------------------

def test_listeners_are_rows_with_addresses(make_usher):
    usher = make_usher(["imap", "imaps"], start=False)
    usher.listen("inner", protocol="imap", tls="off", haproxy=True)
    rows = {row["name"]: row for row in usher.config["listeners"]}
    assert rows["imaps"]["tls"] == "implicit"
    assert rows["inner"]["haproxy"] is True
    assert [row["address"] for row in rows.values()] == [
        [f"{usher.host}:{port}"] for port in (10143, 10993, 11143)]


def test_settings_are_merged_by_section(make_usher):
    usher = make_usher(start=False, process={"workers": 5})
    usher.configure(log={"level": "info"}, admin={"socket_group": "adm"})
    assert usher.config["process"]["workers"] == 5
    assert usher.config["process"]["auth_processes"] == 1
    assert usher.config["log"]["format"] == "json"
    assert set(usher.config["admin"]) == {"socket", "socket_group"}


def test_a_backend_is_a_row(scene):
    dovecot = scene.dovecot(start=False, haproxy=True)
    assert backend_row("a", dovecot, weight=50) == {
        "name": "a", "host": dovecot.host, "weight": 50,
        "imap": dovecot.ports["imap"], "imaps": dovecot.ports["imaps"]}


def test_sockets_fit_their_address(make):
    socket = make().config["admin"]["socket"]
    assert len(socket) < 100
    assert os.stat(socket)
