"""The harness proves itself: a real Dovecot, its log and its mail."""
import imaplib
import poplib
import re
import smtplib
import ssl

import pytest

MESSAGE = "Subject: hello\n\nWho is there?\n"


# ---- logging in ------------------------------------------------------------------

def connect_plain(dovecot, _context):
    return imaplib.IMAP4(dovecot.host, dovecot.ports["imap"])


def connect_starttls(dovecot, context):
    imap = imaplib.IMAP4(dovecot.host, dovecot.ports["imap"])
    imap.starttls(context)
    return imap


def connect_implicit(dovecot, context):
    return imaplib.IMAP4_SSL(dovecot.host, dovecot.ports["imaps"],
                             ssl_context=context)


@pytest.mark.parametrize("connect, tls", [
    (connect_plain, False), (connect_starttls, True), (connect_implicit, True)])
def test_imaplib_logs_in(scene, shared_dovecot, user, connect, tls):
    with connect(shared_dovecot, scene.pki.client_context()) as imap:
        imap.login(user, "secret")
        assert imap.select() == ("OK", [b"0"])

    line = shared_dovecot.wait_for_log(f"Login: user=<{user}>")
    assert (", TLS, " in line) == tls


def test_a_wrong_password_is_refused(scene, shared_dovecot, user):
    client = scene.imap(shared_dovecot)
    assert client.login(user, "wrong").status == "NO"
    shared_dovecot.wait_for_log(rf"passwd-file\({user},.*Password mismatch")
    assert shared_dovecot.log_lines(f"Login: user=<{user}>") == []


def test_strangers_need_tls_if_cleartext_is_off(scene):
    dovecot = scene.dovecot(cleartext=False)
    client = scene.imap(dovecot)
    assert client.login("jane", "secret").text.startswith(b"[PRIVACYREQUIRED]")
    client.starttls(scene.pki.client_context(), dovecot.host)
    assert client.login("jane", "secret").status == "OK"


def test_a_master_user_logs_in_as_another(scene):
    dovecot = scene.dovecot(masters={"boss": "bosspw"})
    client = scene.imap(dovecot)
    assert client.authenticate_plain("boss", "bosspw", authzid="jane").status == "OK"
    assert dovecot.login("jane")["method"] == "PLAIN"


# ---- who the client is -------------------------------------------------------------

IDENTITY = {
    "x_session_id": "front/1", "x_originating_ip": "192.0.2.7",
    "x_originating_port": "4711", "x_connected_ip": "192.0.2.1",
    "x_connected_port": "993", "x_proxy_ttl": "4",
    "x_forward_site": "eu-1, rack 2",
}


def log_in_with_identity(scene, dovecot, source):
    client = scene.imap(dovecot, source=source)
    assert client.id(**IDENTITY).status == "OK"
    assert client.login("jane", "secret").status == "OK"
    return client, dovecot.login("jane")


def test_a_trusted_peer_speaks_for_its_client(scene):
    trusted = scene.address()
    dovecot = scene.dovecot(trusted=[trusted], forwarded=["site"])
    client, seen = log_in_with_identity(scene, dovecot, trusted)

    assert (seen["rip"], seen["rport"]) == ("192.0.2.7", "4711")
    assert (seen["lip"], seen["lport"]) == ("192.0.2.1", "993")
    assert seen["real_rip"] == trusted.ip
    assert (seen["real_lip"], seen["real_lport"]) == (
        dovecot.host, str(dovecot.ports["imap"]))
    assert seen["session"] == "front/1"
    assert seen["forward_site"] == "eu-1, rack 2"

    [request] = dovecot.auth_requests("front/1")
    assert "rip=192.0.2.7" in request
    assert "forward_fields=site=eu-1, rack 2" in request


def test_nobody_else_does(scene):
    stranger = scene.address()
    dovecot = scene.dovecot(trusted=[scene.address()], forwarded=["site"])
    client, seen = log_in_with_identity(scene, dovecot, stranger)

    assert seen["rip"] == seen["real_rip"] == stranger.ip
    assert seen["rport"] == str(client.local[1])
    assert seen["lip"] == dovecot.host
    assert seen["session"] != "front/1"
    assert seen["forward_site"] == ""
    assert dovecot.auth_requests("front/1") == []


def test_the_proxy_protocol_has_ports_of_its_own(scene):
    dovecot = scene.dovecot(haproxy=True)
    client = scene.imap(dovecot, port="imap_haproxy", greeting=False)
    client.send_line(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 143")
    client.greeting()
    assert client.login("jane", "secret").status == "OK"
    assert dovecot.login("jane")["rip"] == "192.0.2.7"


# ---- the other protocols, and mail ---------------------------------------------------

def test_mail_goes_in_by_doveadm_and_comes_out_by_imap(scene, shared_dovecot, user):
    shared_dovecot.deliver(user, MESSAGE)
    shared_dovecot.deliver(user, MESSAGE.replace("hello", "again"), "Archive")
    client = scene.imap(shared_dovecot)
    client.login(user, "secret")
    client.ok(b"SELECT INBOX")
    [fetched] = client.ok(b"FETCH 1 BODY[]").untagged
    assert fetched.endswith(MESSAGE.replace("\n", "\r\n").encode() + b")")
    assert "Subject: again" in shared_dovecot.mails(user, "Archive")[0]


def test_all_protocols_in_one_dovecot(scene):
    relay = scene.fake(service="smtp")
    dovecot = scene.dovecot(
        protocols=("imap", "pop3", "lmtp", "submission"),
        more=f"submission_relay_host = {relay.host}\n"
             f"submission_relay_port = {relay.port}\n")
    with smtplib.LMTP(dovecot.host, dovecot.ports["lmtp"]) as lmtp:
        lmtp.sendmail("joe@example.org", "jane", MESSAGE)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            lmtp.sendmail("joe@example.org", "nobody-we-know", MESSAGE)
    [mail] = dovecot.mails("jane")
    assert mail.endswith(MESSAGE)

    pop3 = poplib.POP3_SSL(dovecot.host, dovecot.ports["pop3s"],
                           context=scene.pki.client_context())
    pop3.user("jane")
    pop3.pass_("secret")
    assert pop3.stat()[0] == 1
    pop3.quit()

    with smtplib.SMTP(dovecot.host, dovecot.ports["submission"]) as submission:
        submission.ehlo()
        assert submission.has_extn("auth")


# ---- lives ---------------------------------------------------------------------

def test_two_at_once_do_not_mix(scene):
    one = scene.dovecot(users={"jane": "one"})
    two = scene.dovecot(users={"jane": "two"})
    assert one.host != two.host
    for dovecot, password in ((one, "one"), (two, "two")):
        assert scene.imap(dovecot).login("jane", password).status == "OK"
        [login] = dovecot.logins("jane")
        assert login["real_lip"] == dovecot.host


def test_it_comes_back_on_the_same_ports(scene, dovecot):
    ports = dict(dovecot.ports)
    client = scene.imap(dovecot)
    client.login("jane", "secret")
    dovecot.kill()
    assert dovecot.processes() == []
    client.read_to_end()
    with pytest.raises(ConnectionRefusedError):
        scene.imap(dovecot)

    dovecot.start()
    assert dovecot.ports == ports
    assert scene.imap(dovecot).login("jane", "secret").status == "OK"


def test_stopping_leaves_nothing(scene, dovecot):
    assert any("auth" in p.arguments for p in dovecot.processes())
    dovecot.stop()
    assert dovecot.processes() == []
    assert not dovecot.running()


def test_a_configuration_it_refuses_is_shown(scene):
    dovecot = scene.dovecot(start=False, more="no_such_setting = yes")
    with pytest.raises(AssertionError, match="no_such_setting"):
        dovecot.start()
    with pytest.raises(AssertionError, match="status 89"):
        dovecot.stop()


def test_a_user_can_come_later(scene, dovecot):
    dovecot.add_user("late", "secret")
    assert scene.imap(dovecot).login("late", "secret").status == "OK"
    dovecot.add_user("never", "secret", nologin=None, reason="closed")
    assert scene.imap(dovecot).login("never", "secret").text.endswith(b"closed")


# ---- certificates --------------------------------------------------------------

def greets_with(scene, certificate, server_name):
    """Whether a client that trusts our authority alone accepts a certificate."""
    fake = scene.fake(lambda wire: wire.accept_tls(certificate.server_context()),
                      service="imaps")
    try:
        scene.connect(fake, "imaps", server_name=server_name)
    except ssl.SSLCertVerificationError as e:
        return e.verify_message
    fake.connection().wait_done()
    assert fake.connection().wire.server_name == server_name
    return "accepted"


@pytest.mark.parametrize("make, verdict", [
    (lambda pki: pki.certificate("mail.test"), "accepted"),
    (lambda pki: pki.certificate("mail.test", key="rsa"), "accepted"),
    (lambda pki: pki.certificate("other.test", "mail.test"), "accepted"),
    (lambda pki: pki.certificate("other.test"), "Hostname mismatch"),
    (lambda pki: pki.certificate("mail.test", expired=True), "certificate has expired"),
    (lambda pki: pki.self_signed("mail.test"), "self-signed certificate"),
], ids=["ecdsa", "rsa", "second-name", "wrong-name", "expired", "self-signed"])
def test_certificates_are_what_they_are_called(scene, make, verdict):
    assert greets_with(scene, make(scene.pki), "mail.test").startswith(verdict)


def test_the_key_is_of_the_kind_asked_for(scene):
    for kind, marker in (("rsa", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
                         ("ecdsa", b"\x2a\x86\x48\xce\x3d\x02\x01")):
        der = scene.pki.certificate("mail.test", key=kind).der()
        assert re.search(re.escape(marker), der), kind
