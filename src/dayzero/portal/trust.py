"""Whose certificates are believed: those of the machine's own store, or of one file, such as a school's own authority."""

from __future__ import annotations

import ssl
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
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if ca_file.is_dir():
            context.load_verify_locations(capath=str(ca_file))
        else:
            context.load_verify_locations(cafile=str(ca_file))
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise ConfigurationError(
            f"The certificates in {ca_file} cannot be used ({error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__}).",
            remedy="Name a PEM file with the authority's certificate: [portal] ca_file, REQUESTS_CA_BUNDLE or SSL_CERT_FILE.",
            key="portal.ca_file",
        ) from error
    return context
