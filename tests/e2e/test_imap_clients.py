"""Clients as people have them, on their way through usher to a real Dovecot."""
import imaplib
import subprocess

import pytest

from lib.deadline import Deadline
from lib.front import make_front

MESSAGES = 250      # on each side
SECONDS = 30.0

LISTENERS = ["imap", "imaps"]


def message(number, side):
    return (f"From: {side}@example.com\r\nSubject: {side} {number}\r\n"
            f"Message-ID: <{number}.{side}@example.com>\r\n\r\n"
            + f"This is number {number}.\r\n" * (number % 40 + 1)).encode()


@pytest.fixture
def front(make_usher, scene, shared_dovecot):
    return make_front(make_usher, scene, shared_dovecot)


def run(*command, status=0):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=Deadline(SECONDS).left())
    assert done.returncode == status, (
        f"{command}: status {done.returncode}\n{done.stderr.decode()}")
    return done


# ---- mbsync ---------------------------------------------------------------------------

def mbsync_conf(folder, usher, listener, certificate, user):
    tls = {"imap": "STARTTLS", "imaps": "IMAPS"}[listener]
    conf = folder / "mbsyncrc"
    conf.write_text(f"""\
IMAPAccount usher
Host {usher.host}
Port {usher.ports[listener]}
User {user}
Pass secret
SSLType {tls}
CertificateFile {certificate.cert}

IMAPStore far
Account usher

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX

Channel mail
Far :far:
Near :near:
Patterns INBOX
Create Both
Expunge Both
SyncState *
""")
    return conf


def near_files(folder):
    return [*folder.glob("mail/INBOX/cur/*"), *folder.glob("mail/INBOX/new/*")]


def subjects(texts):
    return sorted(line for text in texts for line in text.splitlines()
                  if line.startswith(b"Subject: "))


@pytest.mark.parametrize("listener", LISTENERS)
def test_mbsync_brings_two_sides_together(scene, front, shared_dovecot, user, tmp_path,
                                          listener):
    far = [message(i, "far") for i in range(MESSAGES)]
    near = [message(i, "near") for i in range(MESSAGES)]
    shared_dovecot.place(user, *far)
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail/INBOX" / name).mkdir(parents=True)
    for i, text in enumerate(near):
        (tmp_path / f"mail/INBOX/new/{i}.near").write_bytes(text.replace(b"\r\n", b"\n"))
    certificate = scene.pki.certificate(front.host, "mail.example.com")
    conf = mbsync_conf(tmp_path, front, listener, certificate, user)

    run("mbsync", "-c", conf, "mail")
    everything = subjects(far + near)
    assert subjects(f.read_bytes() for f in near_files(tmp_path)) == everything
    assert subjects(f.read_bytes() for f in shared_dovecot.files(user)) == everything

    # What is deleted on either side goes on the other; what is not, stays.
    gone = [f for f in near_files(tmp_path) if b"Subject: near 199\n" in f.read_bytes()]
    gone[0].unlink()
    shared_dovecot.doveadm("expunge", "-u", user, "mailbox", "INBOX", "header",
                           "Subject", "far 199")
    run("mbsync", "-c", conf, "mail")
    left = [s for s in everything if s not in (b"Subject: near 199", b"Subject: far 199")]
    assert subjects(f.read_bytes() for f in near_files(tmp_path)) == left
    assert subjects(f.read_bytes() for f in shared_dovecot.files(user)) == left


# ---- curl -----------------------------------------------------------------------------

# What usher offers, and what curl then does.
HOW = {
    "AUTHENTICATE PLAIN": ["PLAIN", "LOGIN"],
    "AUTHENTICATE LOGIN": ["LOGIN"],
    "LOGIN": [],
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("listener", LISTENERS)
def test_curl(scene, make_usher, shared_dovecot, user, tmp_path, listener, how):
    usher = make_front(make_usher, scene, shared_dovecot, login={
        "mechanisms": HOW[how],
        # curl 7.88 remembers a LOGINDISABLED of before STARTTLS.
        "allow_cleartext": how == "LOGIN"})

    def curl(*arguments):
        return run("curl", "-sSv", "--ssl-reqd", "--cacert", scene.pki.ca_file,
                   "-u", f"{user}:secret", *arguments)
    box = f"{listener}://{usher.host}:{usher.ports[listener]}/INBOX"
    text = message(30, "curl")
    (tmp_path / "mail").write_bytes(text)
    said = curl("-T", tmp_path / "mail", box).stderr
    assert f" {how} ".encode() in said
    assert curl(f"{box};MAILINDEX=1").stdout == text
    assert b"* 1 FETCH (FLAGS " in curl(box, "-X", "FETCH 1 FLAGS").stdout


def test_curl_in_the_clear(scene, make_usher, shared_dovecot, user):
    usher = make_front(make_usher, scene, shared_dovecot, login={"allow_cleartext": True})
    done = run("curl", "-sS", "-u", f"{user}:secret", "-X", "STATUS INBOX (MESSAGES)",
               f"imap://{usher.host}:{usher.ports['imap']}/")
    assert b"STATUS INBOX (MESSAGES 0)" in done.stdout


def test_curl_is_told_that_a_password_is_wrong(scene, front, shared_dovecot, user):
    # 67 is CURLE_LOGIN_DENIED.
    run("curl", "-sS", "--ssl-reqd", "--cacert", scene.pki.ca_file, "-u",
        f"{user}:wrong", f"imap://{front.host}:{front.ports['imap']}/", status=67)


# ---- imaplib --------------------------------------------------------------------------

@pytest.fixture
def python_client(scene, front):
    made = []

    def make(listener):
        context = scene.pki.client_context()
        if listener == "imaps":
            client = imaplib.IMAP4_SSL(front.host, front.ports["imaps"],
                                       ssl_context=context, timeout=SECONDS)
        else:
            client = imaplib.IMAP4(front.host, front.ports["imap"], timeout=SECONDS)
            client.starttls(context)
        made.append(client)
        return client
    yield make
    for client in made:
        client.logout()


@pytest.mark.parametrize("by", ["login", "authenticate"])
@pytest.mark.parametrize("listener", LISTENERS)
def test_imaplib(python_client, user, listener, by):
    client = python_client(listener)
    if by == "login":
        client.login(user, "secret")
    else:
        client.authenticate("PLAIN", lambda _: f"\0{user}\0secret".encode())
    texts = [message(i, "python") for i in range(3)]
    for text in texts:
        assert client.append("INBOX", r"(\Flagged)", None, text)[0] == "OK"
    assert client.select("INBOX") == ("OK", [b"3"])
    assert client.search(None, "SUBJECT", '"python 1"') == ("OK", [b"2"])
    _, answer = client.fetch("1:3", "(BODY.PEEK[])")
    assert [part[1] for part in answer if isinstance(part, tuple)] == texts
    assert client.store("2", "+FLAGS", r"(\Deleted)")[0] == "OK"
    assert client.expunge() == ("OK", [b"2"])
    assert client.close()[0] == "OK"
    # usher's own list before the login, the backend's behind it.
    assert "UIDPLUS" in client.capability()[1][0].decode()


def test_imaplib_is_told_that_a_password_is_wrong(python_client, user):
    client = python_client("imap")
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(user, "wrong")
    client.login(user, "secret")
