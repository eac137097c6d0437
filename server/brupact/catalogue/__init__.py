"""What is published of the data beside the data: DCAT-AP record, VoID, service description, dumps.

All is made from the live graph, and is its own rdflib graph: the engine rewrites datatypes
(``xsd:nonNegativeInteger`` to ``xsd:integer``) that DCAT-AP asks for.
"""

from brupact.catalogue.publication import Publication

__all__ = ["Publication"]
