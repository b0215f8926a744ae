"""``dayzero.toml``: what may be set, how it is read, and the file that ``init`` writes."""

from dayzero.config.file import (
    configured,
    fill_settings,
    load,
    read_document,
    set_send_scheduling_year,
    set_setting,
    settings_digest,
)
from dayzero.config.schedule import Window, add_only, blackout_at
from dayzero.config.settings import (
    SECTIONS,
    Config,
    Limit,
    LimitSettings,
    NotifySettings,
    PortalSettings,
    ScheduleSettings,
    SchoolSettings,
    SourceSettings,
    StateSettings,
    SyncSettings,
)
from dayzero.config.starter import as_toml, meanings, starter_file

__all__ = [
    "SECTIONS",
    "Config",
    "Limit",
    "LimitSettings",
    "NotifySettings",
    "PortalSettings",
    "ScheduleSettings",
    "SchoolSettings",
    "SourceSettings",
    "StateSettings",
    "SyncSettings",
    "Window",
    "add_only",
    "as_toml",
    "blackout_at",
    "configured",
    "fill_settings",
    "load",
    "meanings",
    "read_document",
    "set_send_scheduling_year",
    "set_setting",
    "settings_digest",
    "starter_file",
]
