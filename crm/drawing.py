"""Small pictures as inline SVG. Colours come from classes, so they follow dark mode and a strict CSP."""

from collections.abc import Sequence

import qrcode
from markupsafe import Markup, escape

__all__ = ["meterbar", "qr", "sparkline"]

SPARK_WIDTH, SPARK_HEIGHT = 96, 24  # user units; the class says the size


def sparkline(values: Sequence[float], label: str, kind: str = "line") -> Markup:
    """Draw a row of numbers, oldest first, without axes. `label` states the finding; kind: line or bar."""
    if not values:
        return Markup("")
    drawn = Markup(_bars(values) if kind == "bar" else _line(values))  # nosec B704  # numbers and words of ours
    return Markup('<svg class="chart spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        SPARK_WIDTH, SPARK_HEIGHT, label, drawn
    )


def _bars(values: Sequence[float]) -> str:
    top, step = max(0, *values) or 1, SPARK_WIDTH / len(values)
    heights = [max(1.0, value / top * SPARK_HEIGHT) for value in values]
    return "".join(
        f'<rect class="bar-2" rx="1" x="{i * step + 0.5:.1f}" y="{SPARK_HEIGHT - h:.1f}" '
        f'width="{step - 2:.1f}" height="{h:.1f}"/>'
        for i, h in enumerate(heights)
    )


def _line(values: Sequence[float]) -> str:
    low, span = min(values), (max(values) - min(values)) or 1
    step = (SPARK_WIDTH - 6) / max(1, len(values) - 1)
    ys = [round(SPARK_HEIGHT - 3 - (value - low) / span * (SPARK_HEIGHT - 6), 1) for value in values]
    points = " ".join(f"{3 + i * step:.1f},{y}" for i, y in enumerate(ys))
    end = f'<circle class="point" cx="{3 + (len(values) - 1) * step:.1f}" cy="{ys[-1]}" r="2"/>'
    return f'<polyline class="series" points="{points}"/>{end}'


def meterbar(
    parts: Sequence[tuple[float, str]], label: str, *, large: bool = False, goal: float | None = None
) -> Markup:
    """Draw one horizontal bar of `parts`, each (percent, class: bar, bar-2, bar-3, bar-base, bar-danger …)."""
    gap = 0.4 if len(parts) > 1 else 0
    drawn, x = [], 0.0
    for share, css in parts:
        drawn.append(f'<rect class="{escape(css)}" x="{x:g}" width="{max(0, share - gap):g}" height="8"/>')
        x += share
    if goal is not None:
        drawn.append(f'<rect class="bar-base" x="{goal:g}" width=".6" height="8"/>')
    return Markup(
        '<svg class="chart meterbar{}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-bg" width="100" height="8"/>{}</svg>'
    ).format(" meterbar-lg" if large else "", label, Markup("".join(drawn)))  # nosec B704  # escaped above


def qr(text: str, label: str) -> Markup:
    """Draw `text` as a QR code: one path, dark on light in both modes, with its quiet zone."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" shape-rendering="crispEdges" role="img" aria-label="{1}">'
        '<rect class="qr-paper" width="{0}" height="{0}"/><path class="qr-ink" d="{2}"/></svg>'
    ).format(len(rows), label, path)
