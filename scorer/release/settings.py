"""Settings: what every program that reads releases takes for granted."""

from typing import Final

DEFAULT_REGISTRY: Final = ".ledgermind/registry"
