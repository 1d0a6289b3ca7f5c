"""The usual front end: usher with a certificate of its own, before some backends."""
from lib.usher import backend_row

LOOPBACK = ["127.0.0.0/8"]


def names_of(backends):
    """a, b, c, ... in the order given."""
    return [chr(ord("a") + i) for i in range(len(backends))]


def make_front(make_usher, scene, *backends, listeners=("imap", "imaps"),
               access=None, start=True, **config):
    """A started usher before backends (Dovecots or fakes), which are called a, b and so
    on. access goes into backend_defaults. Without auth, credentials pass through. A
    failed login is answered at once, and a backend is tried once."""
    usher = make_usher(listeners=list(listeners), start=False)
    certificate = scene.pki.certificate(usher.host, "mail.example.com")
    rows = [backend_row(n, b) for n, b in zip(names_of(backends), backends)]
    usher.configure(
        tls={"certificates": [{"cert": str(certificate.cert),
                               "key": str(certificate.key)}]},
        login={"failure_delay": "0s"},
        auth=[{"driver": "passthrough"}],
        director={"backends": rows,
                  "backend_defaults": {"max_reconnects": 0, **(access or {})}})
    usher.configure(**config)
    return usher.start() if start else usher


def users_file(usher, text):
    """A passwd-file that usher's processes can read, as a row of auth."""
    path = usher.folder / "users"
    path.write_text(text)
    return {"driver": "passwd-file", "path": str(path)}
