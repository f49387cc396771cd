"""The definitions both teams sign: what they say (`Document`), and which version is in force at a moment."""

from leads.definitions.agreed import agreed, disqualifying, ensure_agreed, label
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
    "agreed",
    "disqualifying",
    "document_of",
    "ensure_agreed",
    "in_force",
    "label",
    "latest",
    "pending",
    "unsigned",
    "version_at",
]
