"""Pytest fixtures of this distribution."""
