"""Pytest fixtures: a simulated Gradebook Cloud, in process and served. Both have the same attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dayzero_simulator.cloud import GradebookCloud


@pytest.fixture
def gradebook_cloud() -> Iterator[GradebookCloud]:
    """A simulated Gradebook Cloud in process: ``.url``, ``.token``, and the verbs of ``GradebookCloud``."""
    from dayzero_simulator.cloud import GradebookCloud

    with GradebookCloud(token="test-token", seed=1) as cloud:
        yield cloud
    cloud.world.close()


@pytest.fixture
def gradebook_cloud_server() -> Iterator[GradebookCloud]:
    """The same server on a loopback socket."""
    from dayzero_simulator.cloud import GradebookCloud

    cloud = GradebookCloud(token="test-token", seed=1)
    with cloud.serve():
        yield cloud
    cloud.world.close()
