"""``dayzero.toml``: what may be set, how it is read, and the file that ``init`` writes."""
