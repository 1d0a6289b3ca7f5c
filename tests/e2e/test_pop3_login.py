"""Logging in through usher to a real Dovecot, by POP3."""
import poplib

from lib.front import LOOPBACK, make_front


def make_pop3(make_usher, scene, dovecot, **more):
    return make_front(make_usher, scene, dovecot, listeners=["pop3", "pop3s"], **more)


def test_a_login_reaches_the_backend(scene, make_usher):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK, forwarded=["one"])
    usher = make_pop3(make_usher, scene, dovecot, forward={"variables": {"one": "a b"}})
    dovecot.deliver("jane", "Subject: hello\n\nworld\n")
    client = poplib.POP3(usher.host, usher.ports["pop3"])
    client.stls(scene.pki.client_context())
    client.user("jane")
    client.pass_("secret")
    assert client.stat()[0] == 1
    assert dovecot.login("jane")["forward_one"] == "a b"
    assert "pop3" in usher.ctl("who")
    client.quit()
