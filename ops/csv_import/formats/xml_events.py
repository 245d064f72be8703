"""XML events: an XML file element by element in bounded memory, without entities or anything from outside."""

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final, NamedTuple
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from ops.csv_import.cells import CsvSourceError

BLOCK: Final = 1 << 16
DEEPEST: Final = 64
LONGEST_TEXT: Final = 1 << 16


class XmlEvent(NamedTuple):
    """The start of an element, or its end with the text that stood directly in it; the line counts from 1."""

    is_start: bool
    tag: str
    line: int
    text: str
    attributes: Mapping[str, str]


class _Handler(ContentHandler):
    """Gathers events; names lose the prefix of their namespace."""

    def __init__(self, line: Callable[[], int | None]) -> None:
        super().__init__()
        self._line = line
        self.events: list[XmlEvent] = []
        self._texts: list[list[str]] = []
        self._length = 0

    def line(self) -> int:
        """Return the line that the parser is on."""
        return self._line() or 1

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's own name
        """Note the start of an element."""
        if len(self._texts) >= DEEPEST:
            raise CsvSourceError(f"line {self.line()}: elements lie over {DEEPEST} deep: this is no file of a bank")
        self._texts.append([])
        self._length = 0
        self.events.append(XmlEvent(True, name.rpartition(":")[2], self.line(), "", dict(attrs.items())))

    def characters(self, content: str) -> None:
        """Keep text up to a limit."""
        self._length += len(content)
        if self._length > LONGEST_TEXT:
            raise CsvSourceError(f"line {self.line()}: a text is over {LONGEST_TEXT:,} characters long")
        self._texts[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX's own name
        """Note the end of an element and its text."""
        text = "".join(self._texts.pop()).strip()
        self._length = 0
        self.events.append(XmlEvent(False, name.rpartition(":")[2], self.line(), text, {}))


def xml_events(stream: BinaryIO, name: str) -> Iterator[XmlEvent]:
    """Yield the elements of an XML file in its order.

    Raises CsvSourceError for what is no XML, cut short, nests too deeply, or declares a document type: entities, and
    files that an XML file names, are never read.
    """
    parser = make_parser()
    handler = _Handler(parser.getLineNumber)
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    try:
        while block := stream.read(BLOCK):
            parser.feed(block)
            yield from handler.events
            handler.events.clear()
        parser.close()
        yield from handler.events
    except DefusedXmlException:
        raise CsvSourceError(
            f"{name}: line {handler.line()} declares a document type or an entity, which no file of a bank needs: "
            "it is not read; take the declaration out if you trust the file"
        ) from None
    except CsvSourceError as error:
        raise CsvSourceError(f"{name}: {error}") from None
    except (ValueError, LookupError, SAXException) as error:
        reason = error.getMessage() if isinstance(error, SAXException) else str(error)
        raise CsvSourceError(f"{name}: line {handler.line()} is no XML ({reason}): fetch the file again") from None
