"""Logging in through usher to a real Dovecot."""
import imaplib

from lib.front import LOOPBACK, make_front


def test_a_login_reaches_the_backend(scene, make_usher):
    dovecot = scene.dovecot(trusted=LOOPBACK)
    usher = make_front(make_usher, scene, dovecot)
    client = imaplib.IMAP4(usher.host, usher.ports["imap"])
    client.starttls(scene.pki.client_context())
    client.login("jane", "secret")
    assert client.select()[0] == "OK"
    print(dovecot.login("jane"))
    print(usher.ctl("who"))
    print(usher.ctl("status"))
    client.logout()
