#!/usr/bin/env python3
"""Draws what export_bench.py --json wrote as bars. Usage: plot.py JSON WHAT SVG
WHAT: time (multiples of COPY, with the range of the rounds) or memory (peak RSS, MiB)."""

import html
import json
import pathlib
import sys

LABEL, BAR, LINE, TOP = 230, 420, 26, 40
OURS, OTHERS, LIMIT = "#1f6f8b", "#b8b8b8", "#c0392b"


def bars(rows, what):
    """(name, value, low, high) of each contender."""
    if what == "memory":
        return [(row["name"], row["rss_mib"], None, None) for row in rows]
    return [(row["name"], row["time"]["median"], row["time"]["low"], row["time"]["high"])
            for row in rows]


def svg(title, values, limit):
    """The picture. `limit` is a vertical line."""
    scale = BAR / max(max(high or value for _, value, _, high in values), limit)
    height = TOP + LINE * len(values) + 10
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + BAR + 80}" '
           f'height="{height}" font-family="sans-serif" font-size="13">',
           f'<rect width="100%" height="100%" fill="white"/><text x="8" y="22" '
           f'font-weight="bold">{html.escape(title)}</text>']
    for index, (name, value, low, high) in enumerate(values):
        y = TOP + index * LINE
        colour = OURS if name.startswith("pgattic") else OTHERS
        out.append(f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">'
                   f'{html.escape(name)}</text><rect x="{LABEL}" y="{y}" '
                   f'width="{value * scale:.1f}" height="18" fill="{colour}"/>')
        if low is not None:
            out.append(f'<line x1="{LABEL + low * scale:.1f}" x2="{LABEL + high * scale:.1f}" '
                       f'y1="{y + 9}" y2="{y + 9}" stroke="black"/>')
        shown = f"{value:.2f}" if low is not None else f"{value:.0f}"
        out.append(f'<text x="{LABEL + (high or value) * scale + 6:.1f}" y="{y + 14}">{shown}'
                   '</text>')
    x = LABEL + limit * scale
    out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - 6}" '
               f'stroke="{LIMIT}" stroke-dasharray="4 3"/></svg>')
    return "\n".join(out) + "\n"


def main():
    source, what, target = sys.argv[1:]
    result = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    title = {"time": f"Export of {result['rows']:,} games, multiples of one sorted COPY",
             "memory": f"Peak memory of an export of {result['rows']:,} games, MiB"}[what]
    limit = {"time": 1.0, "memory": 160.0}[what]
    pathlib.Path(target).write_text(svg(title, bars(result["contenders"], what), limit),
                                    encoding="utf-8")


if __name__ == "__main__":
    main()
