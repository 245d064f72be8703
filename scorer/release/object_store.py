"""Object store: a bucket as the registry's file system, whose errors are those of files."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from scorer.errors import RegistryError

EXTRAS: Final = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}  # what to install for which kind of address
# A store that is away is said within seconds; the clients' own patience is five minutes. What a client has listed
# once it would believe for ever, and a running worker never see a release that was written later.
_S3: Final[dict[str, object]] = {
    "config_kwargs": {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 2}},
    "use_listings_cache": False,
}
GOOGLE: Final = ("gs", "gcs")
_GOOGLE: Final[dict[str, object]] = {"requests_timeout": 30, "use_listings_cache": False}  # it tries six times
_OPTIONS: Final = {"s3": _S3, "s3a": _S3, "gs": _GOOGLE, "gcs": _GOOGLE}


class ObjectStore:
    """Calls of an fsspec file system, whatever it raises turned into OSError with one line.

    Each client library has errors of its own: those of botocore are no OSError, and some have many lines.
    """

    def __init__(self, files: Any) -> None:
        self._files = files

    def __getattr__(self, name: str) -> Any:
        """Return the call of this name."""
        return _with_one_line_errors(getattr(self._files, name))


def open_store(location: str) -> tuple[ObjectStore, str]:
    """Return the store of an address such as ``s3://bucket/releases``, and the path in it; nothing is asked of it yet.

    Raises RegistryError where the client library is not installed, or nobody knows such addresses.
    """
    import fsspec  # noqa: PLC0415 - only a registry needs it, not all who import the name

    scheme = location.partition("://")[0]
    try:
        if scheme in GOOGLE:
            _use_plain_google_client()
        files, root = fsspec.core.url_to_fs(location, **_OPTIONS.get(scheme, {}))
    except ImportError as error:
        extra = EXTRAS.get(scheme)
        remedy = f"pip install 'ledgermind[{extra}]'" if extra else str(error).splitlines()[0]
        raise RegistryError(location, f"no client for {scheme}:// is installed: {remedy}") from error
    except Exception as error:
        raise RegistryError(location, f"cannot be opened: {_line(error)}") from error
    return ObjectStore(files), str(root)


def _use_plain_google_client() -> None:
    """Have fsspec take the client that speaks JSON over HTTP alone.

    The one that gcsfs registers by default first asks a second service by gRPC what kind of bucket it is, at each
    call a minute where that service cannot be reached; a registry needs no folders of a bucket. What both clients log
    is said again by the error that they raise, and a traceback is for nobody who reads a terminal.
    """
    import fsspec  # noqa: PLC0415 - as above
    from gcsfs.core import GCSFileSystem  # noqa: PLC0415 - an extra

    for logger in ("gcsfs", "google.auth"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    for scheme in GOOGLE:
        fsspec.register_implementation(scheme, GCSFileSystem, clobber=True)


def _with_one_line_errors(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def asked(*arguments: object, **options: object) -> Any:
        try:
            return call(*arguments, **options)
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:  # a foreign library: whatever it raises, the store did not do it
            raise OSError(_line(error)) from error

    return asked


def _line(error: BaseException) -> str:
    said = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{said.strip()[:200]} ({type(error).__name__})" if said else type(error).__name__
