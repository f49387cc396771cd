"""The definitions both teams sign: what they say (`Document`), and which version is in force at a moment."""

from leads.definitions.document import Document
from leads.definitions.force import InForce, document_of, in_force, unsigned
from leads.definitions.reading import DocumentFault

__all__ = ["Document", "DocumentFault", "InForce", "document_of", "in_force", "unsigned"]
