"""A lookup server as nginx's auth_http asks it: raw octets in, raw octets out.

answer is a function of the request (see Request) that gives the octets of the reply,
or a callable that does something else with the socket; it may be replaced between
requests."""
import socket
import ssl
import threading
import urllib.parse

from lib.ports import Address


class Request:
    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        self.line, *lines = head.split(b"\r\n")
        self.headers = [tuple(line.split(b": ", 1)) if b": " in line
                        else (line.rstrip(b":"), b"") for line in lines]

    def __getitem__(self, name):
        """A header's value, decoded as nginx codes names and passwords."""
        values = [v for k, v in self.headers if k.lower() == name.lower().encode()]
        return urllib.parse.unquote(values[-1].decode()) if values else None


def reply(*headers, status="200 OK", body=b""):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def ok(part, port="imap", *more):
    return reply("Auth-Status: OK", f"Auth-Server: {part.host}",
                 f"Auth-Port: {part.ports[port]}", *more)


class LookupServer:
    def __init__(self, answer, name="lookup", certificate=None):
        self.name = name
        self.answer = answer
        self.address = Address()
        self.host = self.address.ip
        self.port = self.address.port("http")
        self.requests = []
        self.connections = 0
        self._context = certificate.server_context() if certificate else None
        self._threads = []
        self._sockets = []
        self._lock = threading.Lock()
        self._listener = None
        self._running = False

    @property
    def url(self):
        scheme = "https" if self._context else "http"
        return f"{scheme}://{self.host}:{self.port}/auth"

    def start(self):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((self.host, self.port))
        self._listener.listen(200)
        self._running = True
        self._spawn(self._accept)
        return self

    def _spawn(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while self._running:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._sockets.append(sock)
            self._spawn(self._serve, sock)

    def _read(self, sock, rest):
        while b"\r\n\r\n" not in rest:
            more = sock.recv(65536)
            if not more:
                return None, b""
            rest += more
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(rest) < length:
            rest += sock.recv(65536)
        return Request(head + b"\r\n\r\n" + rest[:length]), rest[length:]

    def _serve(self, sock):
        rest = b""
        try:
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._sockets.append(sock)
            while True:
                request, rest = self._read(sock, rest)
                if request is None:
                    return
                with self._lock:
                    self.requests.append(request)
                answer = self.answer(request)
                if callable(answer):
                    answer(sock)
                    return
                sock.sendall(answer)
                if request.line.endswith(b"HTTP/1.0"):
                    return
        except (OSError, ssl.SSLError):
            pass
        finally:
            sock.close()

    def stop(self):
        self._running = False
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "the lookup server does not end"
        self._threads = []

    def close(self):
        self.stop()
        self.address.release()

    def evidence(self):
        yield f"requests to {self.name}", "\n".join(
            repr(r.raw) for r in self.requests[-20:])
