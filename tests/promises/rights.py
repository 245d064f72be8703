"""Rights: a broker that asks who one is, under the name that a promise may import it by."""

from tests.chaos.guarded import Guarded

__all__ = ["Guarded"]
