"""The page of many schools: how the last run of each ended, and what waits for whom. Nothing is sent or decided on it."""

from dayzero_manager.fleet.app import create_fleet_app

__all__ = ["create_fleet_app"]
