"""A provider of OAuth tokens, really signed: keys under /keys, and RFC 7662 under
/introspect."""
import base64
import json
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lib.lookup_server import LookupServer, reply

ISSUER = "https://login.test"


def _b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _number(n, size):
    return _b64(n.to_bytes(size, "big"))


class Key:
    def __init__(self, kid, alg):
        self.kid, self.alg = kid, alg
        self.private = {
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate}[alg]()

    def jwk(self):
        public = self.private.public_key()
        if self.alg == "EdDSA":
            raw = public.public_bytes(serialization.Encoding.Raw,
                                      serialization.PublicFormat.Raw)
            return {"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": _b64(raw)}
        n = public.public_numbers()
        if self.alg == "RS256":
            return {"kty": "RSA", "kid": self.kid, "use": "sig",
                    "n": _number(n.n, 256), "e": _number(n.e, 3)}
        return {"kty": "EC", "crv": "P-256", "kid": self.kid,
                "x": _number(n.x, 32), "y": _number(n.y, 32)}


class Provider(LookupServer):
    def __init__(self, name="provider"):
        super().__init__(self._respond, name)
        self.keys = [Key("first", "ES256")]
        self.opaque = {}            # token: claims
        self.revoked = set()
        self.credentials = ("usher", "its secret")

    @property
    def base(self):
        return self.url.removesuffix("/auth")

    def key_set(self):
        return json.dumps({"keys": [k.jwk() for k in self.keys]})

    def rotate(self, alg="RS256"):
        """The old key is gone, and a new one signs."""
        self.keys = [Key(f"key-{time.monotonic_ns()}", alg)]

    def token(self, user, key=None, **claims):
        key = key or self.keys[0]
        now = int(time.time())
        return jwt.encode({"iss": ISSUER, "aud": "mail", "sub": user, "email": user,
                           "iat": now, "exp": now + 600, "scope": "openid mail",
                           **claims}, key.private, key.alg, {"kid": key.kid})

    def count(self, path):
        return sum(path.encode() in r.line for r in self.requests)

    def _respond(self, request):
        if b" /keys " in request.line:
            return reply(body=self.key_set().encode())
        if b" /introspect " not in request.line:
            return reply(status="404 Not Found")
        user, secret = (urllib.parse.quote(c, safe="") for c in self.credentials)
        wanted = base64.b64encode(f"{user}:{secret}".encode()).decode()
        if request["Authorization"] != f"Basic {wanted}":
            return reply(status="401 Unauthorized")
        (token,) = urllib.parse.parse_qs(request.body.decode())["token"]
        claims = self.opaque.get(token)
        if claims is None and "." in token:
            claims = jwt.decode(token, options={"verify_signature": False})
        if claims is None or token in self.revoked:
            return reply(body=b'{"active": false}')
        return reply(body=json.dumps({"active": True, **claims}).encode())
