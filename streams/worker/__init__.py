"""Worker: one scoring worker, from its settings to its end."""


def __getattr__(name: str) -> object:
    """Make the Faust app when ``faust -A streams.worker`` asks for it; making it reads settings, and may exit."""
    if name == "app":
        from streams.worker.__main__ import app  # noqa: PLC0415

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
