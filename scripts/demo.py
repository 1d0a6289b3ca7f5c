"""The demo itself; scripts/demo calls it. The parts are those of the end-to-end tests."""
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests/e2e"))

from lib.front import LOOPBACK, make_front      # noqa: E402
from lib.scene import Run, Scene                # noqa: E402

USERS = {"jane": "secret", "john": "secret", "anna": "secret", "otto": "secret"}
CLIENTS = {"jane": "127.0.0.11", "john": "127.0.0.12", "anna": "127.0.0.13",
           "otto": "127.0.0.14"}
MAIL = "From: usher\nTo: {user}\nSubject: hello, {user}\n\nThis mail lives on {where}.\n"


def show(title):
    print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}")


def show_lines(text):
    print(textwrap.indent(text.rstrip("\n"), "    "))


class Demo:
    def __init__(self, scene):
        self.scene = scene
        self.backends = [scene.dovecot(users=USERS, trusted=LOOPBACK,
                                       forwarded=["cluster"]) for _ in "ab"]
        build = Path(os.environ["USHER_BUILD"])
        self.usher = make_front(lambda **kw: scene.usher(build, **kw), scene,
                                *self.backends,
                                access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)},
                                forward={"variables": {"cluster": "eu-1"}},
                                log={"format": "dovecot", "level": "info"},
                                process={"workers": 2})
        for name, backend in zip("ab", self.backends):
            for user in USERS:
                backend.deliver(user, MAIL.format(user=user, where=f"backend {name}"))
        self.ok = True

    def check(self, true, what):
        if not true:
            self.ok = False
            print(f"    NOT AS IT SHOULD BE: {what}")

    # ---- what clients do ---------------------------------------------------------

    def curl(self, user, *arguments, scheme="imaps"):
        """The command line, as it can be typed, too."""
        url = f"{scheme}://{self.usher.host}:{self.usher.ports[scheme]}/"
        return ["curl", "-sS", "--cacert", str(self.scene.pki.ca_file), "--ssl-reqd",
                "--interface", CLIENTS[user], "-u", f"{user}:{USERS[user]}",
                *arguments[:-1], url + arguments[-1]]

    def read_mail(self, user, scheme):
        done = subprocess.run(self.curl(user, "INBOX;MAILINDEX=1", scheme=scheme),
                              capture_output=True, text=True, timeout=30)
        self.check(done.returncode == 0, done.stderr)
        last = done.stdout.strip().split("\n")[-1].strip()
        print(f"    {user}, from {CLIENTS[user]} by {scheme:5} reads: {last}")
        return last

    def backend_of(self, user):
        found = [b for b in self.backends if b.log_lines(f"Login: user=<{user}>")]
        self.check(len(found) == 1, f"{user} is on {len(found)} backends")
        return found[0]

    def sessions_by_curl(self):
        show("Four users read mail through usher, with curl, once by STARTTLS and once "
             "by TLS from the start:")
        for user in USERS:
            said = {self.read_mail(user, scheme) for scheme in ("imap", "imaps")}
            self.check(len(said) == 1, f"{user} was on two backends: {said}")

    def backends_view(self):
        show("What each backend's log says of them (rip is the client's address, "
             "real_rip usher's):")
        for name, backend in zip("ab", self.backends):
            print(f"    backend {name}, {backend.host}:{backend.ports['imap']}")
            for line in backend.log.find("imap-login: Info: Login: "):
                show_lines("  " + line)
        for user in USERS:
            seen = self.backend_of(user).login(user)
            self.check(seen["rip"] == CLIENTS[user], f"{user} seen as {seen}")
            self.check(seen["forward_cluster"] == "eu-1", f"{user}'s variables {seen}")

    def who(self):
        show("Two of them stay; usherctl who:")
        self.staying = [self.scene.imap(self.usher, "imaps", source=CLIENTS[user])
                        for user in ("jane", "otto")]
        for client, user in zip(self.staying, ("jane", "otto")):
            self.check(client.login(user, USERS[user]).status == "OK", "login")
        said = self.usher.ctl("who")
        show_lines(said)
        self.check(said.count("\n") == 3, "who does not list two sessions")

    def ushers_view(self):
        show("usher's own log, of otto's sessions:")
        show_lines("\n".join(self.usher.log.find("otto")))

    def refusal(self):
        show("A wrong password is the backend's to refuse, in words that tell nobody "
             "whether the user exists:")
        client = self.scene.imap(self.usher, "imaps", source=CLIENTS["anna"])
        reply = client.login("anna", "guess")
        print(f"    {reply.status} {reply.text.decode()}")
        self.check(reply.status == "NO", "a wrong password was taken")

    # ---- for the reader ------------------------------------------------------------

    def invite(self):
        ctl = f"{self.usher.build}/usherctl -s {self.usher.config['admin']['socket']}"
        show("It all stays until you press Ctrl-C. Try:")
        for words in (
                " ".join(f"'{w}'" if ";" in w else w for w in
                         self.curl("john", "INBOX;MAILINDEX=1")),
                f"openssl s_client -quiet -crlf -connect {self.usher.host}:"
                f"{self.usher.ports['imaps']}     # then: a login jane secret",
                f"{ctl} who", f"{ctl} status", f"{ctl} kick jane",
                f"{self.usher.build}/usher --dump-config -c {self.usher.folder}/usher.yaml",
                f"tail -f {self.usher.log.path}"):
            print("    " + words)

    def run(self):
        print(f"usher is at {self.usher.host}, ports "
              + ", ".join(f"{p} ({n})" for n, p in self.usher.ports.items()))
        self.sessions_by_curl()
        self.backends_view()
        self.refusal()
        self.who()
        self.ushers_view()


def main():
    once = sys.argv[1:] == ["--once"]
    run = Run()
    try:
        with Scene(run) as scene:
            demo = Demo(scene)
            demo.run()
            if not once:
                demo.invite()
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
                print()
    finally:
        run.close()
    show("Everything was as it should be." if demo.ok else "NOT everything was as it should be.")
    sys.exit(0 if demo.ok else 1)


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
main()
