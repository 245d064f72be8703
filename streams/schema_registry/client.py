"""Schema registry client: schemas by their ids, each asked for once, and one line for each way in which it fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import structlog

from streams.errors import SchemaRegistryAway, SettingsError
from streams.process.record_formats.schema_text import SchemaText, SchemaType
from streams.schema_registry.settings import SchemaRegistrySettings

if TYPE_CHECKING:
    from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaRegistryError

TIMEOUT_SECONDS: Final = 5
RETRIES: Final = 3
RETRY_MS: Final = 500
MAX_WORDS: Final = 200
URL: Final = "LEDGERMIND_SCHEMA_REGISTRY_URL"
_NOT_FOUND: Final = 404
_REFUSED: Final = (401, 403)
_UNKNOWN_CODES: Final = range(40_400, 40_500)  # that a schema, subject or version is not there; a wrong path has others

log = structlog.get_logger(__name__)


def open_client(settings: SchemaRegistrySettings, *, extra: str) -> "SchemaRegistryClient":
    """Return Confluent's client; raises SettingsError without an address, or without the packages of ``extra``."""
    if not settings.url.startswith(("http://", "https://")):
        raise SettingsError(f"{URL}: give the address of a schema registry, such as http://127.0.0.1:8081")
    try:
        from confluent_kafka.schema_registry import SchemaRegistryClient  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SettingsError(
            f"no client for schema registries is installed: pip install 'ledgermind[{extra}]'"
        ) from error
    options: dict[str, object] = {
        "url": settings.url,
        "timeout": TIMEOUT_SECONDS,
        "max.retries": RETRIES,
        "retries.wait.ms": RETRY_MS,
    }
    if settings.username:
        options["basic.auth.user.info"] = f"{settings.username}:{settings.password.get_secret_value()}"
    if settings.ca_file is not None:
        options["ssl.ca.location"] = str(settings.ca_file)
    return SchemaRegistryClient(options)


class SchemaStore:
    """Asks one registry for schemas; every method raises SchemaRegistryAway where it gives no usable answer."""

    def __init__(self, client: "SchemaRegistryClient", *, url: str) -> None:
        self._client = client
        self._url = url

    def check(self) -> None:
        """Ask whether it answers at all, and as a schema registry does."""
        with self._in_one_line():
            self._client.get_subjects()

    def schema(self, schema_id: int) -> SchemaText | None:
        """Return a schema, None where the registry has none of this id."""
        return self._found(lambda: self._client.get_schema(schema_id))

    def is_compatible(self, subject: str, schema: SchemaText) -> bool:
        """Return whether a subject takes a schema as its next version, by its own level; one that is new takes any."""
        from confluent_kafka.schema_registry import Schema, SchemaRegistryError  # noqa: PLC0415 - an extra

        with self._in_one_line():
            try:
                return bool(self._client.test_compatibility(subject, Schema(schema.text, schema.type.value)))
            except SchemaRegistryError as error:
                if error.http_status_code == _NOT_FOUND and error.error_code in _UNKNOWN_CODES:
                    return True
                raise

    def id_of(self, subject: str, schema: SchemaText) -> int | None:
        """Return the id that a schema has under a subject, None where it is not registered there."""
        from confluent_kafka.schema_registry import Schema, SchemaRegistryError  # noqa: PLC0415 - an extra

        with self._in_one_line():
            try:
                found = self._client.lookup_schema(subject, Schema(schema.text, schema.type.value))
            except SchemaRegistryError as error:
                if error.http_status_code == _NOT_FOUND and error.error_code in _UNKNOWN_CODES:
                    return None
                raise
            return None if found.schema_id is None else int(found.schema_id)

    def set_compatibility(self, subject: str, level: str) -> None:
        """Set what the next versions of a subject must be to the ones before."""
        with self._in_one_line():
            self._client.set_compatibility(subject, level)

    def register(self, subject: str, schema: SchemaText) -> int:
        """Return the id of a schema, registered if it was not."""
        from confluent_kafka.schema_registry import Schema  # noqa: PLC0415 - an extra

        with self._in_one_line():
            return int(self._client.register_schema(subject, Schema(schema.text, schema.type.value)))

    def _found(self, ask: Callable[[], "Schema"]) -> SchemaText | None:
        from confluent_kafka.schema_registry import SchemaRegistryError  # noqa: PLC0415 - an extra

        with self._in_one_line():
            try:
                schema = ask()
            except SchemaRegistryError as error:
                if error.http_status_code == _NOT_FOUND and error.error_code in _UNKNOWN_CODES:
                    return None
                raise
            return SchemaText(
                SchemaType(schema.schema_type or "AVRO"), schema.schema_str or "", tuple(self._references(schema))
            )

    def _references(self, schema: "Schema", *, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
        for reference in schema.references or ():
            name = str(reference.name)
            if name not in seen:
                found = self._client.get_version(str(reference.subject), reference.version or "latest").schema
                yield from self._references(found, seen=seen | {name})
                yield name, str(found.schema_str)

    @contextmanager
    def _in_one_line(self) -> Iterator[None]:
        from confluent_kafka.schema_registry import SchemaRegistryError  # noqa: PLC0415 - an extra

        try:
            yield
        except SchemaRegistryError as error:
            raise SchemaRegistryAway(f"schema registry {self._url}: {_hint(error)}") from error
        except (OSError, RuntimeError, ValueError) as error:
            raise SchemaRegistryAway(f"schema registry {self._url}: its answer is none ({error})") from error
        except Exception as error:  # the client's transport has errors of its own
            if not type(error).__module__.startswith("httpx"):
                raise
            raise SchemaRegistryAway(
                f"schema registry {self._url}: does not answer ({type(error).__name__}); start it or set {URL}"
            ) from error


def _hint(error: "SchemaRegistryError") -> str:
    status = error.http_status_code
    if status in _REFUSED:
        return f"refuses us ({status}); set LEDGERMIND_SCHEMA_REGISTRY_USERNAME and LEDGERMIND_SCHEMA_REGISTRY_PASSWORD"
    if status == _NOT_FOUND:
        return f"speaks no API of Confluent's (404); set {URL} to the path where it does, such as …/apis/ccompat/v7"
    words = " ".join(str(error.error_message).split())[:MAX_WORDS]
    return f"answers {status}: {words}"
