"""A log that another process writes to."""
import re

from lib.deadline import wait_until

# One "name=value" or "name=<value>" of a line; values with commas stand in <>.
_FIELD = re.compile(r"(\w+)=(?:<(.*?)>(?=,|$)|([^,<]*))")


def fields(line):
    """{"user": "jane", "rip": "192.0.2.7", ...} from a Dovecot-shaped line."""
    return {m[1]: m[3] if m[2] is None else m[2] for m in _FIELD.finditer(line)}


class LogFile:
    def __init__(self, path):
        self.path = path

    def mark(self):
        """A place: what is written from now on comes after it."""
        return self.path.stat().st_size if self.path.exists() else 0

    def lines(self, since=0):
        """The lines after a mark; one that is still being written is left out."""
        if not self.path.exists():
            return []
        with open(self.path, "rb") as f:
            f.seek(since)
            whole, _, _ = f.read().rpartition(b"\n")
        return whole.decode("utf-8", "backslashreplace").splitlines()

    def find(self, regex, since=0):
        """The lines in which regex is found."""
        return [line for line in self.lines(since) if re.search(regex, line)]

    def wait_for(self, regex, timeout=5.0, since=0):
        """The first line in which regex is found."""
        return self.wait_for_count(regex, 1, timeout, since)[0]

    def wait_for_count(self, regex, count, timeout=5.0, since=0):
        """The lines in which regex is found, once there are count of them."""
        def enough():
            found = self.find(regex, since)
            return found if len(found) >= count else None
        return wait_until(enough, timeout, lambda: (
            f"{count} line(s) with {regex!r} in {self.path.name}; "
            f"there are {len(self.find(regex, since))}"))

    def tail(self, count=200, since=0):
        return "\n".join(self.lines(since)[-count:])
