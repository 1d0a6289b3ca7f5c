"""Who plays in a test, and where: parts are made, started and cleared away here.

A Run is one pytest process, with its folder and its certificates. A Scene is what
belongs together and ends together: one test's parts, or those that tests share."""
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from lib.dovecot import Dovecot
from lib.fake_backend import FakeBackend
from lib.imapclient import ImapClient
from lib.pki import Pki
from lib.pop3client import Pop3Client
from lib.ports import IMPLICIT_TLS, Address, Ipv6Port
from lib.process import all_processes
from lib.usher import Usher
from lib.wire import Wire


class Run:
    def __init__(self):
        # Short: the path of a UNIX socket has to fit into 108 octets. Others may look
        # in: Dovecot and usher do not run as root, even if the tests do.
        self.folder = Path(tempfile.mkdtemp(prefix="usher-e2e-"))
        self.folder.chmod(0o755)
        self.parts = []             # all that live, of all scenes
        self._last_words = []       # evidence of scenes that ended badly
        self._names = Counter()
        self._pki = None

    @property
    def pki(self):
        if self._pki is None:
            self._pki = Pki(self.folder / "pki")
        return self._pki

    def new_name(self, kind):
        """dovecot-1, dovecot-2, ..."""
        self._names[kind] += 1
        return f"{kind}-{self._names[kind]}"

    def begin_test(self):
        """What shared parts have logged so far is not about the coming test."""
        self._last_words.clear()
        for part in self.parts:
            if hasattr(part, "log"):
                part.seen = part.log.mark()

    def remember(self, parts):
        for part in parts:
            self._last_words += part.evidence()

    def evidence(self):
        """(title, text) of every part's log, for somebody who wonders why."""
        found = list(self._last_words)
        for part in self.parts:
            found += part.evidence()
        return found

    def close(self):
        try:
            mine = [p for p in all_processes() if p.parent == os.getpid()]
            assert not mine, f"processes are left: {mine}"
            assert not self.parts, f"parts are left: {self.parts}"
        finally:
            if "USHER_TEST_KEEP" not in os.environ:
                shutil.rmtree(self.folder)


class Scene:
    def __init__(self, run):
        self.run = run
        self.pki = run.pki
        self._parts = []
        self._wires = []
        self._addresses = []

    def _begin(self, part, start):
        self._parts.append(part)
        self.run.parts.append(part)
        if start:
            part.start()
        return part

    # ---- parts -----------------------------------------------------------------

    def dovecot(self, start=True, **options):
        name = self.run.new_name("dovecot")
        return self._begin(Dovecot(self.run.folder / name, self.pki.certificate,
                                   name=name, **options), start)

    def fake(self, script=(), start=True, **options):
        name = self.run.new_name("fake")
        return self._begin(FakeBackend(script, name=name, **options), start)

    def usher(self, build, listeners=(), start=True, wrapper="", **config):
        """listeners: names for Usher.listen(); config: sections of usher.yaml; wrapper:
        what it runs under unless USHER_WRAPPER says otherwise."""
        name = self.run.new_name("usher")
        usher = Usher(self.run.folder / name, build,
                      os.environ.get("USHER_WRAPPER", wrapper), name)
        for listener in listeners:
            usher.listen(listener)
        usher.configure(**config)
        return self._begin(usher, start)

    # ---- clients ---------------------------------------------------------------

    def address(self):
        """One more loopback address, for a client to come from."""
        self._addresses.append(Address())
        return self._addresses[-1]

    def ipv6_port(self):
        """One more port of ::1, for a listener: str() is its address."""
        self._addresses.append(Ipv6Port())
        return self._addresses[-1]

    def connect(self, part, port, source=None, server_name=None, tls=None, kind=Wire):
        """A raw connection to a part, closed with the scene. tls: from the first
        octet; if not said, the port's name decides."""
        if tls is None:
            tls = port in IMPLICIT_TLS
        context = self.pki.client_context() if tls else None
        return self._keep(kind.to(part.host, part.ports[port], source, context,
                                  server_name or part.host))

    def _keep(self, wire):
        self._wires.append(wire)
        return wire

    def imap(self, part, port="imap", greeting=True, **options):
        """A raw IMAP client of a part that has read the greeting."""
        client = self.connect(part, port, kind=ImapClient, **options)
        if greeting:
            client.greeting()
        return client

    def pop3(self, part, port="pop3", greeting=True, **options):
        """The same, for POP3."""
        client = self.connect(part, port, kind=Pop3Client, **options)
        if greeting:
            client.greeting()
        return client

    def imap6(self, port):
        """An IMAP client of an ipv6_port()."""
        client = self._keep(ImapClient.to(port.host, port.number))
        client.greeting()
        return client

    # ---- the end ---------------------------------------------------------------

    def end(self):
        """Ends everything, the last that came first, and then says what was wrong."""
        for wire in self._wires:
            wire.close()
        errors = [e for part in reversed(self._parts) if (e := _close(part))]
        if errors:
            self.run.remember(self._parts)
        for part in self._parts:
            self.run.parts.remove(part)
            if hasattr(part, "folder") and "USHER_TEST_KEEP" not in os.environ:
                shutil.rmtree(part.folder)
        for address in self._addresses:
            address.release()
        if errors:
            raise AssertionError("\n".join(map(str, errors))) from errors[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def _close(part):
    """What was wrong with it, or None: one part must not keep others from ending."""
    try:
        part.close()
    except Exception as e:
        return e
    return None
