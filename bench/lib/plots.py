"""Curves as SVG, drawn by gnuplot."""
import subprocess


def draw(path, title, x, y, curves, column, log_y=False):
    """curves: {name: [(x, y...), ...]}; column: which of a point's values is y."""
    script = [f"set terminal svg size 720,440 font 'sans,12' background 'white'",
              f"set output '{path}'", f"set title '{title}'", f"set xlabel '{x}'",
              f"set ylabel '{y}'", "set key left top", "set grid",
              "set xrange [0:*]", "set style data linespoints"]
    script += ["set logscale y"] if log_y else ["set yrange [0:*]"]
    names = list(curves)
    for i, name in enumerate(names):
        rows = "\n".join(f"{p[0]} {p[column]}" for p in curves[name])
        script.append(f"$data{i} << EOD\n{rows}\nEOD")
    script.append("plot " + ", ".join(
        f"$data{i} using 1:2 linewidth 2 title '{name}'"
        for i, name in enumerate(names)))
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def draw_all(folder, results):
    for port, title in (("imap", "plain"), ("imaps", "TLS")):
        result = results.get(f"memory-{port}")
        if result:
            curves = {name: [(n, kib / 1024) for n, kib in points]
                      for name, points in result["curves"].items()}
            draw(folder / f"memory-{port}.svg",
                 f"Memory of idle sessions, {title}", "sessions", "MiB", curves, 1)
    result = results.get("latency")
    if result:
        draw(folder / "latency.svg", "IMAP login: 99th percentile against load",
             "logins a second", "ms", result["curves"], 2, log_y=True)
