"""A certificate authority and what it signs, made with the openssl command.

Each certificate is made when it is first asked for and kept for the run: ECDSA keys
take some 10 ms, RSA ones 100."""
import ssl
import subprocess
from typing import NamedTuple
from pathlib import Path

_CA_CONF = """\
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
"""

_KEYS = {
    "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["rsa:2048"],
}

# "openssl ca" is the one way to set both ends that old and new versions share.
# Before 2050, when dates change their form.
_VALID = ("20200101000000Z", "20490101000000Z")
_EXPIRED = ("20200101000000Z", "20210101000000Z")


class Certificate(NamedTuple):
    name: str
    cert: Path      # PEM
    key: Path       # PEM, not encrypted

    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.cert.read_text())

    def server_context(self):
        """Made anew for each handshake: its SNI callback is one connection's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


class Pki:
    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self._made = {}
        (folder / "ca.cnf").write_text(_CA_CONF)
        (folder / "index.txt").write_text("")
        self.ca = self._self_signed("ca", "ecdsa", "usher test CA",
                                    "keyUsage=critical,keyCertSign,cRLSign")
        self.ca_file = self.ca.cert

    def certificate(self, *names, key="ecdsa", expired=False):
        """For these DNS names and IP addresses; the first is the subject, too. For
        a wrong name, give the name of somebody else."""
        return self._once((names, key, expired), self._signed)

    def self_signed(self, name, key="ecdsa"):
        """One that no authority vouches for."""
        return self._once((name, key), lambda stem, name, key: self._self_signed(
            stem, key, name, _alternative_names([name])))

    def client_context(self, verify=True):
        """What a client brings: trust in our authority alone, or (verify=False) in
        everybody."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.ca_file)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    # ---- making them -------------------------------------------------------------

    def _once(self, what, make):
        if what not in self._made:
            self._made[what] = make(f"cert-{len(self._made)}", *what)
        return self._made[what]

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
        assert done.returncode == 0, f"openssl {arguments}:\n{done.stderr}"

    def _files(self, name, stem):
        return Certificate(name, self.folder / f"{stem}.pem",
                           self.folder / f"{stem}.key")

    def _self_signed(self, stem, key, name, extension):
        self._openssl("req", "-x509", "-newkey", *_KEYS[key], "-nodes", "-days", "30",
                      "-subj", f"/CN={name}", "-addext", extension,
                      "-keyout", f"{stem}.key", "-out", f"{stem}.pem")
        return self._files(name, stem)

    def _signed(self, stem, names, key, expired):
        start, end = _EXPIRED if expired else _VALID
        (self.folder / f"{stem}.ext").write_text(_alternative_names(names))
        self._openssl("req", "-newkey", *_KEYS[key], "-nodes", "-subj",
                      f"/CN={names[0]}", "-keyout", f"{stem}.key",
                      "-out", f"{stem}.csr")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.cnf",
                      "-cert", "ca.pem", "-keyfile", "ca.key",
                      "-startdate", start, "-enddate", end,
                      "-extfile", f"{stem}.ext", "-in", f"{stem}.csr",
                      "-out", f"{stem}.pem")
        return self._files(names[0], stem)


def _alternative_names(names):
    kinds = ("IP" if n.replace(".", "").isdigit() or ":" in n else "DNS"
             for n in names)
    return "subjectAltName=" + ",".join(f"{k}:{n}" for k, n in zip(kinds, names))
