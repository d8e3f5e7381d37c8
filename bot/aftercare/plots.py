"""Plots: one picture a network, with a bar for each post and a chart for each thing that is counted.

Drawn by leather: small, without dependencies of its own, and what it writes is plain SVG without scripts,
styles or addresses, which any browser and office program shows. Matplotlib, with what it brings, would be
larger than all the rest of this program.
"""

from collections.abc import Sequence
from pathlib import Path

from bot.aftercare.report import Line, Report
from bot.model.figures import MEASURES
from bot.networks import REGISTRY, network_type

BAR, FRAME, WIDTH = 22, 130, 720  # pixels: the height of a bar, what stands around the bars, a chart's width
INK, PAPER, BRAND = "#1c2430", "#ffffff", "#0b5c7a"
LONGEST_NAME = 34  # characters


def write_plots(report: Report, folder: Path) -> Sequence[Path]:
    """Write NAME.svg for each network of which any figures are known; the files.

    Raises:
        OSError: the folder can not be made or written.
    """
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for network in drawable(report):
        path = folder / f"{network}.svg"
        path.write_text(plot(report, network), encoding="utf-8")
        written.append(path)
    return written


def drawable(report: Report) -> Sequence[str]:
    """The networks of which any figures are known."""
    return list(dict.fromkeys(one.network for one in report.lines if one.collected_at is not None))


def plot(report: Report, network: str) -> str:
    """The picture of one of them, as SVG."""
    lines = [one for one in report.lines if one.network == network and one.collected_at is not None]
    return _plot(network, lines)


def _plot(network: str, lines: Sequence[Line]) -> str:
    import leather
    from leather import theme

    for part in ("title", "tick", "legend", "axis_title"):
        setattr(theme, f"{part}_font_family", "sans-serif")
    theme.label_color, theme.background_color = INK, PAPER
    grid = leather.Grid()
    title = network_type(network).title if network in REGISTRY else network
    told = [name for name in MEASURES if any(getattr(one.figures, name) is not None for one in lines)]
    for name in told:
        chart = leather.Chart(f"{title}: {name}")
        values = [getattr(one.figures, name) for one in lines]
        chart.add_x_scale(0, max(1, *(value or 0 for value in values)))
        labels = _labels(lines, values)
        chart.add_bars(list(zip((value or 0 for value in values), labels, strict=True)), fill_color=BRAND)
        grid.add_one(chart)
    columns = 1 if len(told) == 1 else 2 if len(told) < 5 else 3
    rows = -(-len(told) // columns)
    svg = grid.to_svg(width=columns * WIDTH, height=rows * (BAR * len(lines) + FRAME))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{svg}\n'


def _labels(lines: Sequence[Line], values: Sequence[int | None]) -> Sequence[str]:
    """What stands beside each bar: a bar of nothing may be a 0, or something that nobody says."""
    several = len({one.account for one in lines}) > 1
    labels: list[str] = []
    for line, value in zip(lines, values, strict=True):
        name = line.post.removesuffix(".md").rpartition("/")[2]
        who = f"{name}, {line.account}" if several else name
        short = who if len(who) <= LONGEST_NAME else f"{who[: LONGEST_NAME - 1]}…"
        label = f"{short}: {'not said' if value is None else f'{value:,}'}"
        labels.append(label if label not in labels else f"{label} ({line.delivery})")
    return labels
