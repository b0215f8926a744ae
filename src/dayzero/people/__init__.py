"""Who is at the school, and who gets an account: typed tables and settings in, one verdict per candidate out. Pure."""
