"""What the portal knows and decides about the people who use it; no HTTP."""
