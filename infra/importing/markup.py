"""XML somebody hands in: parsed without document types, entities or outside references, lines kept."""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from infra.importing.source import HostileFile, Source, UnreadableFile

ELEMENTS_MAX: Final = 2_000_000
DEPTH_MAX: Final = 64
_LINE: Final = "{fairlead}line"


class _Builder(TreeBuilder):
    """Builds the tree, notes each element's line and keeps to the limits."""

    def __init__(self) -> None:
        super().__init__()
        self.parser: XMLParser | None = None
        self.elements = 0
        self.depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Open an element; raise `HostileFile` past a limit."""
        self.elements += 1
        self.depth += 1
        if self.elements > ELEMENTS_MAX:
            raise HostileFile(f"The file has more than {ELEMENTS_MAX:,} elements.")
        if self.depth > DEPTH_MAX:
            raise HostileFile(f"The file nests elements more than {DEPTH_MAX} deep.")
        element = super().start(tag, attrs)
        element.set(_LINE, str(_line_of(self.parser)))
        return element

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self.depth -= 1
        return super().end(tag)


def parse(source: Source) -> Element:
    """Return the root of a source's XML; raise `HostileFile` for a document type, else `UnreadableFile`."""
    builder = _Builder()
    parser = XMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(source.data)
        root: Element = parser.close()
    except DefusedXmlException as hostile:
        raise HostileFile("The file declares a document type or entities, which are never read.") from hostile
    except (ParseError, ValueError, LookupError) as bad:
        line, _ = getattr(bad, "position", (1, 0))
        raise UnreadableFile(f"Line {line} of the file is not well-formed XML.") from bad
    return root


def line_of(element: Element) -> int:
    """Return the line (from 1) of the source on which an element begins."""
    return int(element.get(_LINE, "0"))


def _line_of(parser: XMLParser | None) -> int:
    expat = getattr(parser, "parser", None)
    return int(getattr(expat, "CurrentLineNumber", 0))
