"""A plot of refusal against accuracy: how many of the answers given are right, the more questions are refused."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH, _HEIGHT, _LEFT, _TOP, _SIDE = 560, 420, 64, 24, 340
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def curve_svg(points: Sequence[tuple[float, float, float]], refused: float, right: float) -> str:
    """An SVG picture of `Report.curve`, with a dot for the run's own threshold.

    `points` are (threshold, share refused, share of the rest right); `refused` and `right` are those of the run.
    """
    line = " ".join(f"{_x(share):.1f},{_y(good):.1f}" for _, share, good in points)
    grid = "".join(
        f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick):.1f}" y2="{_y(tick):.1f}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{_y(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>'
        f'<text x="{_x(tick):.1f}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{tick:.2f}</text>'
        for tick in _TICKS
    )
    label = f"refused {refused:.2f}, right {right:.2f}"
    anchor = "end" if refused > 0.5 else "start"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>Refusal against accuracy: {label}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{grid}'
        f'<polyline points="{line}" fill="none" stroke="#1f4e79" stroke-width="2"/>'
        f'<circle cx="{_x(refused):.1f}" cy="{_y(right):.1f}" r="5" fill="#b03a2e"/>'
        f'<text x="{_x(refused) + (-10 if anchor == "end" else 10):.1f}" y="{_y(right) + 20:.1f}" '
        f'text-anchor="{anchor}" fill="#b03a2e">{label}</text>'
        f'<text x="{_x(0.5):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">share of the questions refused</text>'
        f'<text transform="translate(18 {_y(0.5):.1f}) rotate(-90)" text-anchor="middle">'
        "share of the answers right</text></svg>\n"
    )


def _x(share: float) -> float:
    return _LEFT + _SIDE * 1.35 * share


def _y(share: float) -> float:
    return _TOP + _SIDE * (1.0 - share)
