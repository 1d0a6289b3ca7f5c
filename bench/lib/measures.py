"""What is measured. Each function takes the site and its peers and returns results:

    {name: {"title": ..., "unit": ..., "peers": {peer: [report, ...]}}}

where "unit" of a report is the figure that counts, one report a round."""
import random
import shutil
import threading
import time

from . import loads

# Behind a fault or a burst: buffers of the last logins go within this.
SETTLE_SECONDS = 1
# The busy sessions are in before the reload.
BUSY_SECONDS = 1

EVERYBODY = ("direct", "usher", "nginx", "dovecot", "haproxy")
# What nginx cannot, or does not do as a proxy.
WITHOUT_NGINX = ("direct", "usher", "dovecot", "haproxy")


class Work:
    """A load whose cost is the peer's processor time divided by the work done."""

    def __init__(self, name, title, mode, port, options, peers=EVERYBODY,
                 octets=None, what="login"):
        self.name, self.title, self.mode, self.port = name, title, mode, port
        self.options, self.peers, self.octets = options, peers, octets
        self.unit = "CPU s a GB" if octets else f"CPU ms a {what}"

    def figure(self, report):
        if self.octets:
            return report["cpu"] / (self.octets / 1e9)
        return report["cpu"] * 1e3 / report["done"]


def works(scale):
    n = int(4000 * scale)
    octets = int(2_000_000_000 * scale)
    login = {"count": n, "parallel": 16}
    login_tls = {"count": n // 2, "parallel": 16, "tls": "y"}
    bulk = {"octets": octets, "parallel": 4}
    small = {"count": 10 * n, "parallel": 16}
    return [
        Work("imap-login", "IMAP login, plain", "login", "imap", login),
        Work("imap-login-route", "IMAP login, route looked up by another process",
             "login", "imap", login, ("direct", "usher, passwd-file", "nginx")),
        Work("imap-login-tls", "IMAP login, TLS, full handshake", "login", "imaps",
             login_tls),
        Work("imap-login-resumed", "IMAP login, TLS, resumed", "login", "imaps",
             {**login_tls, "resume": "y"}),
        Work("pop3-login", "POP3 login", "login", "pop3",
             {**login, "protocol": "pop3"}),
        Work("submission-login", "submission login", "login", "submission",
             {**login, "protocol": "submission"}),
        Work("lmtp-1", "LMTP, 4 KB to one recipient", "message", "lmtp",
             {"count": n, "parallel": 8, "size": 4096}, WITHOUT_NGINX,
             what="message"),
        Work("lmtp-10", "LMTP, 4 KB to ten recipients", "message", "lmtp",
             {"count": n // 2, "parallel": 8, "size": 4096, "rcpts": 10},
             WITHOUT_NGINX, what="message"),
        Work("relay-down", "relay, plain to plain, down", "down", "imap", bulk,
             octets=octets),
        Work("relay-up", "relay, plain to plain, up", "up", "imap", bulk,
             octets=octets),
        Work("relay-tls-down", "relay, TLS to plain, down", "down", "imaps",
             {**bulk, "tls": "y"}, octets=octets),
        Work("relay-tls-up", "relay, TLS to plain, up", "up", "imaps",
             {**bulk, "tls": "y"}, octets=octets),
        Work("noop", "NOOP, plain", "noop", "imap", small, what="round trip"),
        Work("noop-tls", "NOOP, TLS", "noop", "imaps", {**small, "tls": "y"},
             what="round trip"),
    ]


def by_name(peers, names, port):
    return [p for p in peers if p.name in names and port in p.ports]


def run_rounds(peers, rounds, once):
    """once(peer) for each peer in each round, in another order each time: nobody
    always comes after the same one."""
    rows = {p.name: [] for p in peers}
    for _ in range(rounds):
        for peer in random.sample(peers, len(peers)):
            rows[peer.name].append(once(peer))
    return rows


def run_work(site, peers, work, rounds):
    def once(peer):
        report = loads.run(site, peer, work.mode, work.port, work.options)
        report["unit"] = work.figure(report)
        return report

    taking_part = by_name(peers, work.peers, work.port)
    return {work.name: {"title": work.title, "unit": work.unit,
                        "peers": run_rounds(taking_part, rounds, once)}}


# ---- storms and reloads ------------------------------------------------------------

def storm(site, peers, rounds, sessions):
    results = {}
    for port, title in (("imap", "plain"), ("imaps", "TLS")):
        def once(peer, port=port):
            report = loads.run(site, peer, "storm", port, {
                "parallel": sessions, "count": sessions,
                "tls": "y" if port == "imaps" else "n"})
            report["unit"] = report["seconds"]
            return report

        results[f"storm-{port}"] = {
            "title": f"{sessions} logins at one moment, {title}",
            "unit": "s until the last is in",
            "peers": run_rounds(by_name(peers, EVERYBODY, port), rounds, once)}
    return results


def reload_once(site, peer, sessions, scale):
    """Logins all the while, NOOPs in all the sessions, and a reload in the middle."""
    few = {"count": int(4000 * scale), "parallel": 8}
    normal = loads.run(site, peer, "login", "imap", few)
    reports = {}

    def busy():
        reports["busy"] = loads.run(site, peer, "noop", "imap", {
            "count": int(150_000 * scale), "parallel": sessions})

    def logins():
        reports["logins"] = loads.run(site, peer, "login", "imap", {
            **few, "count": int(12_000 * scale)})

    threads = [threading.Thread(target=f) for f in (busy, logins)]
    threads[0].start()
    time.sleep(BUSY_SECONDS)
    threads[1].start()
    time.sleep(BUSY_SECONDS / 4)
    peer.reload()
    for t in threads:
        t.join()
    return {**reports["logins"],
            "unit": reports["logins"]["p99"] / max(normal["p99"], 1),
            "failed": reports["busy"]["failed"] + reports["logins"]["failed"],
            "lost_sessions": reports["busy"]["failed"],
            "refused_logins": reports["logins"]["failed"]}


def reloads(site, peers, rounds, sessions, scale):
    taking_part = by_name(peers, ("usher", "nginx", "haproxy"), "imap")
    return {"reload": {
        "title": f"reload under {sessions} busy sessions: logins' p99 meanwhile",
        "unit": "times the usual",
        "peers": run_rounds(taking_part, rounds,
                            lambda peer: reload_once(site, peer, sessions, scale))}}


# ---- memory ------------------------------------------------------------------------

def grown_by(site, peer, port, sessions):
    before = peer.memory()
    holder = loads.Holder(site, peer, port, sessions)
    time.sleep(SETTLE_SECONDS)
    grown = peer.memory() - before
    holder.close()
    return grown


def memory(site, make_peer, classes, sessions):
    """Of a proxy that was just started, so that nothing of earlier work counts.
    sessions is a list; the last is what the table shows."""
    results = {}
    for port, title in (("imap", "plain"), ("imaps", "TLS")):
        rows, curves = {}, {}
        for cls in classes:
            for n in sessions:
                peer = make_peer(cls)
                try:
                    grown = grown_by(site, peer, port, n)
                finally:
                    peer.stop()
                    shutil.rmtree(peer.folder)
                curves.setdefault(peer.name, []).append((n, grown / 1024))
                rows[peer.name] = [{"unit": grown / n / 1024, "failed": 0, "done": n}]
        results[f"memory-{port}"] = {
            "title": f"an idle session, {title}, one of {sessions[-1]}",
            "unit": "KiB", "peers": rows, "curves": curves}
    return results


# ---- latency -----------------------------------------------------------------------

def latency(site, peers, rates, seconds):
    """Logins that come at a given rate, whether the last ones are done or not."""
    curves, rows = {}, {}
    for peer in by_name(peers, EVERYBODY, "imap"):
        for rate in rates:
            report = loads.run(site, peer, "login", "imap", {
                "count": int(rate * seconds), "parallel": 2000, "rate": rate})
            curves.setdefault(peer.name, []).append(
                (rate, report["p50"] / 1e3, report["p99"] / 1e3))
            report["unit"] = report["p99"] / 1e3
            if rate == rates[0]:
                rows[peer.name] = [report]
            if report["p50"] > 200_000:     # it cannot: more would tell nothing
                break
    return {"latency": {
        "title": f"IMAP logins at {rates[0]} a second", "unit": "ms, p99",
        "peers": rows, "curves": curves}}
