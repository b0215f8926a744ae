"""The pages of the Sync Manager, one small file each: parse a request, one call, show what it says."""
