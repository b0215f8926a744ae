"""Everything that acts: look, lock, send, settle, stop, tell."""
