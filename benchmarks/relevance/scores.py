"""How good a list of pages is: nDCG of the first ten, recall of the first fifty."""

import math
from collections.abc import Mapping, Sequence

FIRST, LOOKED_AT = 10, 50


def ndcg(found: Sequence[str], judged: Mapping[str, int]) -> float:
    """Gain 2^grade - 1, halved slowly by place, against the best order there is."""
    best = sorted(judged.values(), reverse=True)
    return _gain([judged.get(key, 0) for key in found]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:FIRST]))


def recall(found: Sequence[str], judged: Mapping[str, int]) -> float:
    """Share of the pages that answer which are among the first fifty."""
    return len(judged.keys() & set(found[:LOOKED_AT])) / len(judged)
