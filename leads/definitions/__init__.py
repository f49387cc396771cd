"""The definitions both teams sign: what they say (`Document`), and which version is in force at a moment."""

from leads.definitions.document import Document
from leads.definitions.force import (
    UNSIGNED,
    VERSION_AT,
    InForce,
    document_of,
    in_force,
    latest,
    pending,
    unsigned,
    version_at,
)
from leads.definitions.reading import DocumentFault

__all__ = [
    "UNSIGNED",
    "VERSION_AT",
    "Document",
    "DocumentFault",
    "InForce",
    "document_of",
    "in_force",
    "latest",
    "pending",
    "unsigned",
    "version_at",
]
