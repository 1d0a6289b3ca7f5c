"""One end of a TCP connection, octet by octet: what clients and fake backends share.

Everything received is kept, piece by piece and with its time; everything has a
deadline; TLS can start in the middle. The socket never blocks, so that a fake
backend's thread can be called off at any moment."""
import hashlib
import re
import select
import socket
import ssl
import struct
import time
from typing import NamedTuple

from lib.deadline import Deadline

PATIENCE_SECONDS = 5.0
CRLF = b"\r\n"
TLS_RECORD = 16384      # most octets of one (RFC 8446 section 5.1)

# A longer one is no line any more; literals do not count.
MAX_LINE = 16384


class WireError(Exception):
    """The other side did not do what was expected of it."""


class PeerSilent(WireError):
    pass


class PeerClosed(WireError):
    pass


class Unexpected(WireError):
    pass


class CalledOff(Exception):
    """The owner of the wire wants its thread to end."""


class Segment(NamedTuple):
    """What one read gave: in the clear what had arrived by then, in TLS at most
    one record."""
    at: float       # seconds since the connection was made
    octets: bytes
    tls: bool


def _peer_of(sock):
    """Its address; None if it has reset the connection already."""
    try:
        return sock.getpeername()
    except OSError:
        return None


class Wire:
    def __init__(self, sock, wake_fd=None):
        """Takes sock. When wake_fd becomes readable, whoever waits here gets
        CalledOff."""
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.local = sock.getsockname()
        self.peer = _peer_of(sock)
        self.patience = PATIENCE_SECONDS
        self.segments = []
        self.buffer = b""           # received, but not yet taken
        self.ended = None           # see read_to_end()
        self.server_name = None     # the name a client asked for in TLS (SNI)
        # What stood in the buffer when TLS began: it was said in the clear by who
        # knows whom. A good peer leaves nothing here.
        self.dropped_before_tls = b""
        self._tls = self._tls_in = self._tls_out = None
        self._in_front = b""
        self._wake_fd = wake_fd
        self._born = time.monotonic()

    @classmethod
    def to(cls, host, port, source=None, tls=None, server_name=None,
           patience=PATIENCE_SECONDS):
        """Connects; tls is a client's SSLContext for TLS from the first octet."""
        wire = cls(connect(host, port, source, patience))
        try:
            if tls is not None:
                wire.start_tls(tls, server_name)
        except BaseException:
            wire.close(goodbye=False)
            raise
        return wire

    # ---- the socket ------------------------------------------------------------

    def _wait(self, event, deadline, doing):
        poll = select.poll()
        poll.register(self.sock, event)
        if self._wake_fd is not None:
            poll.register(self._wake_fd, select.POLLIN)
        left = deadline.left()
        ready = dict(poll.poll(None if left is None else left * 1000))
        if self._wake_fd in ready:
            raise CalledOff()
        if not ready:
            raise PeerSilent(f"{doing}: nothing for {deadline.seconds:g} s; "
                             f"unread: {self.buffer!r}")

    def _deadline(self, timeout):
        return Deadline(self.patience if timeout == "patience" else timeout)

    def _send_raw(self, octets):
        deadline = self._deadline("patience")
        rest = memoryview(octets)
        while rest:
            try:
                rest = rest[self.sock.send(rest):]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline, "send")

    def _receive_raw(self, deadline, doing):
        """One read; b"" at the end, whose manner is then in ended."""
        while True:
            try:
                octets = self.sock.recv(65536)
                if octets == b"":
                    self.ended = "closed" if self._tls is None else "cut"
                return octets
            except BlockingIOError:
                self._wait(select.POLLIN, deadline, doing)
            except ConnectionError:
                self.ended = "reset"
                return b""

    # ---- sending -------------------------------------------------------------

    def send(self, octets):
        if self._tls is None:
            self._send_raw(octets)
            return
        for i in range(0, len(octets), TLS_RECORD):
            self._tls.write(octets[i:i + TLS_RECORD])
            self._flush_tls()

    def send_line(self, text):
        self.send(text + CRLF)

    def dribble(self, octets, pause=0.001):
        """Sends octet by octet, each in a segment of its own. The pause is no
        guess at when something is done: it lets the receiver see the pieces."""
        for i in range(len(octets)):
            self.send(octets[i:i + 1])
            time.sleep(pause)

    # ---- receiving -----------------------------------------------------------

    def _receive(self, timeout):
        """The next piece; b"" if the other side has ended."""
        if self.ended is not None:
            return b""
        deadline = self._deadline(timeout)
        if self._tls is None:
            return self._receive_raw(deadline, "read")
        return self._receive_tls(deadline)

    def read_segment(self, timeout="patience"):
        """Waits for more, and gives only that; b"" if the other side has ended.
        timeout is in seconds; None waits for ever."""
        octets = self._receive(timeout)
        if octets:
            self.segments.append(Segment(time.monotonic() - self._born, octets,
                                         self.in_tls()))
            self.buffer += octets
        return octets

    def _more(self, doing, timeout):
        if not self.read_segment(timeout):
            raise PeerClosed(f"{doing}: the other side ended ({self.ended}); "
                             f"unread: {self.buffer!r}")

    def take(self, n):
        """Takes n octets that have been received."""
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def read_exactly(self, n, timeout="patience"):
        while len(self.buffer) < n:
            self._more(f"read {n} octets", timeout)
        return self.take(n)

    def read_digest(self, n, timeout="patience"):
        """The SHA-256 of the next n octets, for what is too much to keep."""
        digest = hashlib.sha256()
        piece = self.take(min(n, len(self.buffer)))
        while True:
            digest.update(piece)
            n -= len(piece)
            if n == 0:
                return digest.hexdigest()
            piece = self._receive(timeout)
            if not piece:
                raise PeerClosed(f"{n} octets before the end: {self.ended}")
            piece, self.buffer = piece[:n], piece[n:]

    def read_line(self, timeout="patience"):
        """The next line, without its CRLF. A bare LF does not end one."""
        while CRLF not in self.buffer:
            if len(self.buffer) > MAX_LINE:
                raise Unexpected(f"no line ends in {self.buffer[:100]!r}...")
            self._more("read a line", timeout)
        line = self.take(self.buffer.index(CRLF) + len(CRLF))[:-len(CRLF)]
        if b"\n" in line or b"\r" in line:
            raise Unexpected(f"a bare CR or LF in {line!r}")
        return line

    def expect(self, pattern, timeout="patience"):
        """The next line must match all of pattern; gives the match."""
        line = self.read_line(timeout)
        match = re.fullmatch(pattern, line)
        if match is None:
            raise Unexpected(f"got {line!r}, expected {pattern!r}")
        return match

    def read_to_end(self, timeout="patience"):
        """All that comes until the other side ends; how it did is in ended: "closed",
        "reset", or "cut" (TLS without close_notify)."""
        while self.read_segment(timeout):
            pass
        return self.take(len(self.buffer))

    def octets(self, tls=None):
        """All that was ever received; only in TLS, or only in the clear, if
        asked."""
        return b"".join(s.octets for s in self.segments if tls in (None, s.tls))

    def wait_called_off(self):
        """Neither reads nor writes until the owner ends it all."""
        select.select([self._wake_fd], [], [])
        raise CalledOff()

    # ---- TLS -----------------------------------------------------------------

    # TLS is spoken in memory (an SSLObject between two buffers) and carried by the
    # functions above: an SSLSocket has its own ideas of deadlines and of ends.

    def in_tls(self):
        return self._tls is not None

    def _flush_tls(self):
        octets, self._in_front = self._in_front + self._tls_out.read(), b""
        self._send_raw(octets)

    def _drive_tls(self, operation, deadline, doing):
        """Does a TLS operation, feeding it what comes in and sending what comes
        out, an alert when it fails included."""
        while True:
            try:
                return operation()
            except ssl.SSLWantReadError:
                pass
            finally:
                if self.ended is None:
                    self._flush_tls()
            octets = self._receive_raw(deadline, doing)
            if octets:
                self._tls_in.write(octets)
            else:
                self._tls_in.write_eof()

    def _receive_tls(self, deadline):
        """One record; b"" at the end."""
        try:
            octets = self._drive_tls(lambda: self._tls.read(65536), deadline, "read")
        except ssl.SSLZeroReturnError:
            octets = b""    # how Python says so after our own half_close()
        except ssl.SSLError:
            if self.ended is None:
                raise
            return b""      # OpenSSL was only surprised by the end
        if octets == b"":
            self.ended = "closed"
        return octets

    def _handshake(self, context, **sides):
        self.dropped_before_tls += self.take(len(self.buffer))
        # Python's default is not to tell a cut from an end.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        self._tls_in, self._tls_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._tls_in, self._tls_out, **sides)
        try:
            self._drive_tls(self._tls.do_handshake, self._deadline("patience"),
                            "TLS handshake")
        except ssl.SSLError:
            if self.ended is None:
                raise
            raise PeerClosed(f"TLS handshake: the other side ended ({self.ended})"
                             ) from None

    def start_tls(self, context, server_name=None, session=None, in_front=b""):
        """As the client. session is another wire's, to be resumed. in_front is sent in
        the clear, in one segment with the first octets of TLS."""
        self._in_front = in_front
        self._handshake(context, server_hostname=server_name, session=session)

    def accept_tls(self, context):
        """As the server. context is for this wire alone."""
        def remember(_sock, name, _context):
            self.server_name = name
        context.sni_callback = remember
        self._handshake(context, server_side=True)

    @property
    def session(self):
        """What to resume this TLS session by. In TLS 1.3 it comes after the handshake,
        so there has to have been something to read."""
        return self._tls.session

    def resumed(self):
        return self._tls.session_reused

    @property
    def tls(self):
        """The ssl.SSLObject of it; None without TLS."""
        return self._tls

    def peer_certificate(self):
        """The other side's certificate, in DER."""
        return self._tls.getpeercert(binary_form=True)

    # ---- the end -------------------------------------------------------------

    def half_close(self):
        """No more from us; the other side may go on."""
        if self.in_tls():
            self._say_close_notify()
        self.sock.shutdown(socket.SHUT_WR)

    def _say_close_notify(self):
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass        # it is said; that the other side's is not here yet is fine
        self._flush_tls()

    def close(self, goodbye=True):
        """goodbye: in TLS, say close_notify first, as one should."""
        if goodbye and self.in_tls() and not self.closed():
            try:
                self._say_close_notify()
            except (OSError, WireError):
                pass        # nobody is there to hear it
        self.sock.close()

    def reset(self):
        """Ends with RST in place of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def closed(self):
        return self.sock.fileno() == -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def connect(host, port, source=None, patience=PATIENCE_SECONDS):
    """A connected socket; from the address source, if that is given."""
    return socket.create_connection(
        (str(host), port), Deadline(patience).left(),
        None if source is None else (str(source), 0))
