"""The page for the head of school, the office and IT: the core's report as one HTML file, and its sheets.

``page`` the page, by templates · ``sentences`` what has numbers in it, ``words`` how else it says things, ``charts`` and ``tables`` their rows ·
``sheets`` the folder of CSV · ``command`` ``dayzero report``.
"""

from dayzero_manager.report.page import page, style_source

__all__ = ["page", "style_source"]
