"""Portal accounts for next year's students and parents, before day one."""

__version__ = "0.1.0"
