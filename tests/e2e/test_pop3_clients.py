"""Clients as people have them, on their way through usher to a real Dovecot."""
import poplib
import subprocess

import pytest

from lib.deadline import Deadline
from lib.front import LOOPBACK, make_front

MESSAGES = 30
SECONDS = 30.0

LISTENERS = ["pop3", "pop3s"]


def message(number):
    return (f"From: far@example.com\nSubject: number {number}\n\n"
            + f"This is number {number}.\n.\n" * (number % 7 + 1))


@pytest.fixture
def dovecot(scene):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK)
    for number in range(3):
        dovecot.deliver("jane", message(number))
    return dovecot


@pytest.fixture
def front(make_usher, scene, dovecot):
    def make(**config):
        return make_front(make_usher, scene, dovecot, listeners=LISTENERS, **config)
    return make


def run(*command, status=0, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=Deadline(SECONDS).left(), **options)
    assert done.returncode == status, (
        f"{command}: status {done.returncode}\n{done.stdout.decode()}"
        f"{done.stderr.decode()}")
    return done


# ---- poplib -----------------------------------------------------------------------

def python_client(scene, usher, listener):
    context = scene.pki.client_context()
    if listener == "pop3s":
        return poplib.POP3_SSL(usher.host, usher.ports["pop3s"], context=context,
                               timeout=SECONDS)
    client = poplib.POP3(usher.host, usher.ports["pop3"], timeout=SECONDS)
    client.stls(context)
    return client


@pytest.mark.parametrize("listener", LISTENERS)
def test_poplib(scene, front, dovecot, listener):
    client = python_client(scene, front(), listener)
    assert client.capa()["SASL"] == ["PLAIN", "LOGIN"]
    client.user("jane")
    client.pass_("secret")
    assert client.stat()[0] == 3
    assert b"Subject: number 1" in client.retr(2)[1]
    assert b"." in client.retr(2)[1]
    client.dele(1)
    client.quit()
    assert "".join(dovecot.mails("jane")).count("Subject: ") == 2


def test_poplib_is_told_that_a_password_is_wrong(scene, front):
    client = python_client(scene, front(), "pop3")
    client.user("jane")
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\] Authentication failed"):
        client.pass_("wrong")
    client.user("jane")
    client.pass_("secret")
    client.quit()


# ---- curl -----------------------------------------------------------------------------

# What usher offers, and what curl then says.
HOW = {
    "AUTH PLAIN": ["PLAIN", "LOGIN"],
    "AUTH LOGIN": ["LOGIN"],
    "USER jane": [],
}


def curl(scene, usher, listener, *arguments, password="secret", status=0):
    return run("curl", "-sSv", "--ssl-reqd", "--cacert", scene.pki.ca_file,
               "-u", f"jane:{password}", *arguments,
               f"{listener}://{usher.host}:{usher.ports[listener]}/1", status=status)


@pytest.mark.parametrize("options", [[], ["--sasl-ir"]])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("listener", LISTENERS)
def test_curl(scene, front, listener, how, options):
    usher = front(login={"mechanisms": HOW[how]})
    done = curl(scene, usher, listener, *options)
    assert b"Subject: number 0" in done.stdout
    assert how.encode() in done.stderr


def test_curl_is_told_that_a_password_is_wrong(scene, front):
    # 67 is CURLE_LOGIN_DENIED.
    curl(scene, front(), "pop3", password="wrong", status=67)


# ---- fetchmail --------------------------------------------------------------------------

def fetchmailrc(folder, usher, listener, user="jane", password="secret"):
    """It delivers into a file, all messages one behind the other."""
    tls = {"pop3": "sslproto tls1.2+", "pop3s": "ssl"}[listener]
    path = folder / "fetchmailrc"
    path.write_text(
        f'poll {usher.host} protocol pop3 port {usher.ports[listener]} uidl '
        f'user "{user}" password "{password}" fetchall {tls} sslcertck '
        f'sslcommonname mail.example.com '      # it knows no addresses in certificates
        f'mda "cat >>{folder}/fetched"\n')
    path.chmod(0o600)
    return path


def fetch(scene, folder, rc, status=0):
    return run("fetchmail", "-v", "--nosyslog", "-f", rc, "--sslcertfile", scene.pki.ca_file,
               "-i", folder / "ids", "--pidfile", folder / "pid", status=status,
               env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C"})


@pytest.mark.parametrize("listener", LISTENERS)
def test_fetchmail(scene, front, dovecot, tmp_path, listener):
    for number in range(3, MESSAGES):
        dovecot.deliver("jane", message(number))
    usher = front()
    done = fetch(scene, tmp_path, fetchmailrc(tmp_path, usher, listener))
    assert f"{MESSAGES} messages for jane".encode() in done.stdout
    fetched = (tmp_path / "fetched").read_text().splitlines()
    subjects = [line for line in fetched if line.startswith("Subject: ")]
    assert subjects == [f"Subject: number {n}" for n in range(MESSAGES)]
    assert fetched.count(".") == sum(n % 7 + 1 for n in range(MESSAGES))
    assert dovecot.mails("jane") == []      # it deletes what it has


def test_fetchmail_is_told_that_a_password_is_wrong(scene, front, tmp_path):
    # 3 is PS_AUTHFAIL.
    fetch(scene, tmp_path, fetchmailrc(tmp_path, front(), "pop3s", password="wrong"),
          status=3)
