"""What a benchmark found: figures with their bounds, printed as one table and drawn."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Figure:
    """One measured value. Without a bound it is only shown; `most`: the bound is the highest value wanted."""

    name: str
    value: float
    unit: str = "×"
    bound: float | None = None
    most: bool = False

    @property
    def missed(self) -> bool:
        if self.bound is None:
            return False
        return self.value > self.bound if self.most else self.value < self.bound

    @property
    def wanted(self) -> str:
        return "" if self.bound is None else f"{'≤' if self.most else '≥'} {self.bound:g}"


def load() -> str:
    """The machine's load averages: how much else was going on."""
    return "load average " + " ".join(f"{value:.1f}" for value in os.getloadavg())


def print_table(figures: Sequence[Figure]) -> None:
    width = max(len(figure.name) for figure in figures)
    print(f"\n{'':{width}}  {'reached':>9} {'':10} {'wanted':>8}")
    for figure in figures:
        verdict = "" if figure.bound is None else "MISSED" if figure.missed else "ok"
        print(f"{figure.name:{width}}  {figure.value:9.2f} {figure.unit:10} {figure.wanted:>8}  {verdict}")
    print(load(), flush=True)


def status(figures: Sequence[Figure]) -> int:
    """Exit status: 1 if a bound is missed."""
    return 1 if any(figure.missed for figure in figures) else 0


def conclude(figures: Sequence[Figure]) -> int:
    """Print the table; the exit status."""
    print_table(figures)
    return status(figures)


def bars(name: str, title: str, values: dict[str, float], bound: float | None = None, unit: str = "×") -> None:
    """Draw `out/<name>.png`: one bar a value, the bound as a line."""
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(7, 0.5 * len(values) + 1.6))
    drawn = axes.barh(list(values), list(values.values()))
    axes.bar_label(drawn, fmt="%.2f", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(unit)
    axes.set_title(title)
    if bound is not None:
        axes.axvline(bound, color="black", linewidth=0.8, linestyle="--", label=f"bound {bound:g}")
        axes.legend()
    figure.tight_layout()
    OUT.mkdir(exist_ok=True)
    figure.savefig(OUT / f"{name}.png", dpi=120)
    plt.close(figure)
