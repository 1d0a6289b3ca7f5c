"""What the kernel says of processes: their processor time, their memory."""
import os
import re
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """(parent, ticks of its own, ticks of children that ended), or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), int(fields[11]) + int(fields[12]), \
        int(fields[13]) + int(fields[14])


def family(pid):
    """A process and all that descend from it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = _stat(int(entry))
            if stat is not None:
                parents[int(entry)] = stat[0]
    found, new = {pid}, {pid}
    while new:
        new = {p for p, parent in parents.items() if parent in new} - found
        found |= new
    return sorted(found)


def _sched_ns(pid):
    """Time on a processor in nanoseconds: finer than ticks."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None


def cpu_seconds(pid):
    """What a family has used since it began, members that ended included as far as
    their parents waited for them."""
    total = 0.0
    for member in family(pid):
        stat = _stat(member)
        if stat is None:
            continue
        ns = _sched_ns(member)
        total += (ns / 1e9 if ns else stat[1] / TICKS) + stat[2] / TICKS
    return total


def pss_bytes(pid):
    """The memory of a family, what is shared counted by shares."""
    total = 0
    for member in family(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += 1024 * int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
    return total


def describe():
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": cpu[1] if cpu else "unknown",
        "cores": os.cpu_count(),
        "kernel": os.uname().release,
    }
