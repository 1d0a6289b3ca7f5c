"""A script for FakeBackend that speaks POP3, and can be told to go wrong anywhere.

    FakePop3(at={"PASS": b"-ERR [SYS/TEMP] later\\r\\n", "USER": hang})

at maps a step to what happens there in place of the usual: octets to send, or a step of
fake_backend.py. Steps are "banner", "tls" (in place of the answer to the client's first
octets of TLS), "sasl" (a response in an AUTH), and every command's name."""
from lib.wire import PeerClosed

CAPA = ("TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE", "USER", "SASL PLAIN")


class FakePop3:
    """One for all connections; holds what they have in common."""

    def __init__(self, trusting=False, capa=CAPA, certificate=None, implicit=None, at=None):
        """trusting: [XCLIENT] in the banner, as a Dovecot has it for those it trusts.
        capa: what CAPA lists; None: it is not known. certificate: offer STLS with it.
        implicit: TLS from the first octet."""
        self.trusting = trusting
        self.capa = capa
        self.certificate = certificate
        self.implicit = implicit
        self.at = at or {}

    def __call__(self, wire):
        _Talk(self, wire).run()


class _Talk:
    """The conversation on one connection."""

    def __init__(self, script, wire):
        self.script = script
        self.wire = wire

    def run(self):
        if self.script.implicit is not None:
            self._start_tls(self.script.implicit)
        self._do("banner", b"+OK [XCLIENT] fake ready.\r\n" if self.script.trusting
                 else b"+OK fake ready.\r\n")
        while not self.wire.closed():
            try:
                self._command(self.wire.read_line(timeout=None))
            except PeerClosed:
                if self.wire.buffer:
                    raise
                return      # between two commands anybody may go

    def _do(self, step, usual):
        """Gives what was said; None if the step was taken out of our hands."""
        action = self.script.at.get(step, usual)
        if callable(action):
            action(self.wire)
            return None
        self.wire.send(action)
        return action

    def _command(self, line):
        name, _, arguments = line.partition(b" ")
        name = name.decode("ascii", "replace").upper()
        if name == "AUTH" and b" " not in arguments and "AUTH" not in self.script.at:
            self.wire.send(b"+ \r\n")
            self.wire.read_line(timeout=None)
        usual = getattr(self, "_usual_" + name.lower(), None)
        said = self._do(name, b"+OK\r\n" if usual is None else usual())
        if said is None or not said.startswith(b"+OK"):
            return
        if name == "STLS" and self.script.certificate is not None:
            self._start_tls(self.script.certificate)
        elif name == "QUIT":
            self.wire.close()

    def _start_tls(self, certificate):
        if "tls" in self.script.at:
            # Only once the client has begun, or it would take what comes for words
            # said before TLS.
            self.wire.read_segment(timeout=None)
            self._do("tls", b"")
        else:
            self.wire.accept_tls(certificate.server_context())

    # ---- the usual answers -----------------------------------------------------

    def _usual_capa(self):
        if self.script.capa is None:
            return b"-ERR what?\r\n"
        offers = self.script.certificate is not None and not self.wire.in_tls()
        lines = [*self.script.capa, *(["STLS"] if offers else [])]
        return ("+OK\r\n" + "".join(f"{c}\r\n" for c in lines) + ".\r\n").encode()

    def _usual_xclient(self):
        return b"+OK Updated\r\n"

    def _usual_stls(self):
        if self.script.certificate is None or self.wire.in_tls():
            return b"-ERR no TLS here.\r\n"
        return b"+OK Begin TLS negotiation now.\r\n"

    def _usual_pass(self):
        return b"+OK Logged in.\r\n"

    _usual_auth = _usual_pass

    def _usual_stat(self):
        return b"+OK 0 0\r\n"
