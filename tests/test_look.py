"""The portal and the Sync Manager look alike: the tokens of both are the same text."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
TOKENS = (
    "plugins/manager/src/dayzero_manager/static/tokens.css",
    "simulator/src/dayzero_simulator/web/static/tokens.css",
)


def test_both_have_the_same_tokens() -> None:
    managers, portals = ((ROOT / name).read_text(encoding="utf-8") for name in TOKENS)
    assert managers == portals


def test_the_portals_rules_bring_no_colour_of_their_own() -> None:
    """What a colour is stands in the tokens, so that dark and paper follow; a shadow is the one that may be written."""
    rules = (ROOT / "simulator/src/dayzero_simulator/web/static/portal.css").read_text(encoding="utf-8")
    own = [line for line in rules.splitlines() if ": #" in line or "solid #" in line]
    assert not own
