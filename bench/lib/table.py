"""The table, on the screen and as Markdown."""
import statistics


def spread(rows, key="unit"):
    values = [r[key] for r in rows]
    return min(values), statistics.median(values), max(values)


def ours(result):
    """The row that is usher's, by name."""
    return next((n for n in result["peers"] if n.startswith("usher")), None)


def ratio(result, name):
    """usher's median divided by this peer's."""
    mine = ours(result)
    if mine is None or name == mine or name == "direct":
        return None
    theirs = spread(result["peers"][name])[1]
    return spread(result["peers"][mine])[1] / theirs if theirs else None


def pace(result, name):
    """How long the work took, divided by what it takes without any proxy."""
    rows = result["peers"]
    if "direct" not in rows or any("seconds" not in r for r in rows[name]):
        return None
    return spread(rows[name], "seconds")[1] / spread(rows["direct"], "seconds")[1]


def remarks(rows):
    said = []
    failed = sum(r["failed"] for r in rows)
    resumed = sum(r.get("resumed", 0) for r in rows)
    if failed:
        said.append(f"{failed} failed")
    if resumed:
        said.append(f"{100 * resumed / sum(r['done'] for r in rows):.1f} % resumed")
    return ", ".join(said)


def latency(rows):
    if any("p50" not in r for r in rows):
        return "", ""
    return tuple(f"{spread(rows, key)[1] / 1e3:.2f}" for key in ("p50", "p99"))


def cells(result, name):
    rows = result["peers"][name]
    figures = [""] * 3 if name == "direct" and not spread(rows)[2] else \
        [f"{v:.4g}" for v in spread(rows)]
    against, times = ratio(result, name), pace(result, name)
    return [name, *figures, f"{against:.2f}" if against else "",
            *latency(rows), f"{times:.2f}" if times else "", remarks(rows)]


HEAD = ["", "min", "median", "max", "usher ÷", "p50 ms", "p99 ms", "time ÷ direct", ""]
WIDTHS = [20, 9, 9, 9, 8, 9, 9, 14, 0]


def text(result):
    lines = [f"\n{result['title']}, {result['unit']}"]
    for row in [HEAD] + [cells(result, n) for n in result["peers"]]:
        lines.append("  " + " ".join(
            c.ljust(w) if i == 0 or w == 0 else c.rjust(w)
            for i, (c, w) in enumerate(zip(row, WIDTHS))).rstrip())
    return "\n".join(lines)


def markdown(results, facts):
    lines = [f"{facts['date']}; {facts['processor']}, {facts['cores']} cores, Linux "
             f"{facts['kernel']}; {facts['rounds']} rounds; "
             + ", ".join(facts["versions"]) + ".", ""]
    lines += ["| measure | " + " | ".join(["peer"] + HEAD[1:8] + ["remarks"]) + " |",
              "| --- | --- " + "| --: " * 7 + "| --- |"]
    for result in results.values():
        for i, name in enumerate(result["peers"]):
            title = f"{result['title']}, {result['unit']}" if i == 0 else ""
            lines.append(f"| {title} | " + " | ".join(cells(result, name)) + " |")
    return "\n".join(lines) + "\n"
