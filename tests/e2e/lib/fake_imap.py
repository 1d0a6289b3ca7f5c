"""A script for FakeBackend that speaks IMAP, and can be told to go wrong anywhere.

    FakeImap(at={"LOGIN": b"%t NO [UNAVAILABLE] later\\r\\n", "ID": hang})

at maps a step to what happens there in place of the usual: octets to send, with
%t for the command's tag, or a step of fake_backend.py. Steps are "greeting", "tls"
(in place of the answer to the client's first octets of TLS) and every command's
name."""
import re

from lib.wire import PeerClosed

CAPABILITY = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN"
LOGGED_IN_CAPABILITY = "IMAP4rev1 ID ENABLE IDLE UIDPLUS X-FAKE"

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")


def read_command(wire):
    """One whole command, literals with their CRLF included. A synchronising literal
    is answered unless its octets are here already: Dovecot sends them unasked."""
    command = b""
    while True:
        command += wire.read_line(timeout=None)
        literal = _LITERAL.search(command)
        if literal is None:
            return command
        if not literal[2] and not wire.buffer:
            wire.send(b"+ OK\r\n")
        command += b"\r\n" + wire.read_exactly(int(literal[1]))


class FakeImap:
    """One for all connections; holds what they have in common."""

    def __init__(self, capability=CAPABILITY, in_greeting=True, certificate=None,
                 implicit=None, at=None, after_login=None):
        """capability: what CAPABILITY lists, and the greeting if in_greeting.
        certificate: offer STARTTLS with it. implicit: TLS from the first octet.
        after_login: a step that has the wire once the user is in."""
        if certificate is not None:
            capability += " STARTTLS"
        self.capability = capability.encode()
        self.in_greeting = in_greeting
        self.certificate = certificate
        self.implicit = implicit
        self.at = at or {}
        self.after_login = after_login

    def __call__(self, wire):
        _Talk(self, wire).run()


class _Talk:
    """The conversation on one connection."""

    def __init__(self, script, wire):
        self.script = script
        self.wire = wire

    def run(self):
        script = self.script
        if script.implicit is not None:
            self._start_tls(script.implicit)
        listed = b"[CAPABILITY " + script.capability + b"] "
        self._do("greeting", b"", b"* OK " + (listed if script.in_greeting else b"")
                 + b"fake ready.\r\n")
        while not self.wire.closed():
            try:
                self._command(read_command(self.wire))
            except PeerClosed:
                if self.wire.buffer:
                    raise
                return      # between two commands anybody may go

    def _do(self, step, tag, usual):
        """Gives what was said; None if the step was taken out of our hands."""
        action = self.script.at.get(step, usual)
        if callable(action):
            action(self.wire)
            return None
        said = action.replace(b"%t", tag)
        self.wire.send(said)
        return said

    def _command(self, command):
        tag, _, rest = command.partition(b" ")
        name = rest.split(b" ", 1)[0].decode("ascii", "replace").upper()
        if name == "AUTHENTICATE" and rest.count(b" ") == 1:
            self._read_initial_response()
        usual = getattr(self, "_usual_" + name.lower(), None)
        said = self._do(name, tag, b"%t OK done.\r\n" if usual is None else usual())
        if said is not None and tag + b" OK" in said:
            self._accepted(name)

    def _read_initial_response(self):
        """Of a client that does not do SASL-IR (RFC 4959)."""
        self.wire.send(b"+ \r\n")
        self.wire.read_line(timeout=None)

    def _accepted(self, name):
        if name == "STARTTLS" and self.script.certificate is not None:
            self._start_tls(self.script.certificate)
        elif name in ("LOGIN", "AUTHENTICATE") and self.script.after_login:
            self.script.after_login(self.wire)
        elif name == "LOGOUT":
            self.wire.close()

    def _start_tls(self, certificate):
        if "tls" in self.script.at:
            # Only once the client has begun, or it would take what comes for words
            # said before TLS.
            self.wire.read_segment(timeout=None)
            self._do("tls", b"", b"")
        else:
            self.wire.accept_tls(certificate.server_context())

    # ---- the usual answers -----------------------------------------------------

    def _usual_capability(self):
        return (b"* CAPABILITY " + self.script.capability
                + b"\r\n%t OK CAPABILITY completed.\r\n")

    def _usual_id(self):
        return b'* ID ("name" "fake")\r\n%t OK ID completed.\r\n'

    def _usual_starttls(self):
        if self.script.certificate is None or self.wire.in_tls():
            return b"%t BAD no TLS here.\r\n"
        return b"%t OK Begin TLS negotiation now.\r\n"

    def _usual_login(self):
        return (b"%t OK [CAPABILITY " + LOGGED_IN_CAPABILITY.encode()
                + b"] Logged in\r\n")

    _usual_authenticate = _usual_login

    def _usual_logout(self):
        return b"* BYE Logging out\r\n%t OK Logout completed.\r\n"
