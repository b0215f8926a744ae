"""Words as they would be written out and spelled right: `addr` is `address`, `guradian` a slip of the pen for `guardian`."""

from __future__ import annotations

from itertools import product

from dayzero_csv.looking.vocabulary import Vocabulary
from dayzero_csv.looking.words import shortened

__all__ = ["spelled_right", "written_out"]

_LEAST = 5
"""How long a word is at least in which a letter too many, too few or another is a slip, and not another word."""
_MOST = 8
"""In how many ways a header is read at most."""


def written_out(words: list[str], known: Vocabulary) -> list[str]:
    """Return words with abbreviations written out; what is short stays where it means something by itself."""
    return [long for word in words for long in known.abbreviations.get(word, word).split()]


def spelled_right(words: list[str], known: Vocabulary) -> list[list[str]]:
    """Return every way in which words that nobody knows may have been meant; none where all are known."""
    near = [[word] if word in known.words else _near(word, known) for word in words]
    if all(word in known.words for word in words):
        return []
    return [list(spelled) for spelled, _ in zip(product(*near), range(_MOST), strict=False)]


def _near(word: str, known: Vocabulary) -> list[str]:
    """Return the words of which one is a slip of the pen; the word itself where there are none."""
    if not word.isalpha() or len(word) < _LEAST - 1:
        return [word]
    near = {w for short in shortened(word) for w in known.near.get(short, ())}
    found = sorted(w for w in near if _is_slip(word, w))
    # The first letter is hardly ever a slip; where it is, another word may be meant as well as one that begins alike.
    return found if any(w[0] == word[0] for w in found) else [word]


def _is_slip(word: str, meant: str) -> bool:
    """Say whether two letters changed places, or one is too many, missing, or another."""
    if abs(len(word) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant)))
    left, right = word[start:], meant[start:]
    if left[:2] == right[1::-1] and left[2:] == right[2:]:
        return len(left) > 1 and len(right) > 1
    long_enough = min(len(word), len(meant)) >= _LEAST
    return long_enough and (left[1:] == right[1:] or left[1:] == right or left == right[1:])
