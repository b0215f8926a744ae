"""Whose certificates are believed: those of the machine's own store, or of one file, such as a school's own authority."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

from dayzero.errors import ConfigurationError

__all__ = ["trusting"]


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return how TLS is spoken: as ``ca_file`` (or a folder of hashed ones) says, else as the operating system does.

    Raises ConfigurationError for a file that holds no certificates.
    """
    if ca_file is None:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        about = ca_file.stat()
        return _of(ca_file, about.st_size, about.st_mtime_ns)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise ConfigurationError(
            f"The certificates in {ca_file} cannot be used ({error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__}).",
            remedy="Name a PEM file with the authority's certificate: [portal] ca_file, REQUESTS_CA_BUNDLE or SSL_CERT_FILE.",
            key="portal.ca_file",
        ) from error


@lru_cache(maxsize=4)
def _of(ca_file: Path, _size: int, _changed: int) -> ssl.SSLContext:
    """Read certificates once, as long as their file is what it was: a machine's whole bundle takes longer than a small sync."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file.is_dir():
        context.load_verify_locations(capath=str(ca_file))
    else:
        context.load_verify_locations(cafile=str(ca_file))
    return context
