"""Lazy group: subcommands that are imported when they are asked for, so that none waits for what another one needs."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


class _Subcommands(MutableMapping[str, Any]):  # typer has no public name for its commands
    """Commands by name; one that is not there yet is made of its function when it is looked up."""

    def __init__(self, made: Mapping[str, Any], places: Mapping[str, str]) -> None:
        self.made = dict(made)
        self._places = places

    def __getitem__(self, name: str) -> Any:
        if name not in self.made:
            module, _, function = self._places[name].partition(":")
            self.made[name] = _command(name, getattr(import_module(module), function))
        return self.made[name]

    def __contains__(self, name: object) -> bool:
        return name in self.made or name in self._places

    def __setitem__(self, name: str, command: Any) -> None:
        self.made[name] = command

    def __delitem__(self, name: str) -> None:
        del self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*(name for name in self.made if name not in self._places), *self._places])

    def __len__(self) -> int:
        return len(self.made.keys() | self._places)


def lazy_group(places: Mapping[str, str]) -> type[TyperGroup]:
    """Return the class of a group that has these commands, ``name → "module:function"``, behind those it is given."""

    class LazyGroup(TyperGroup):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.commands = _Subcommands(self.commands, places)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

    return LazyGroup


def _command(name: str, function: Callable[..., None]) -> Any:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)  # importing rich takes longer than its help
    alone.command(name=name)(function)
    return typer.main.get_command(alone)
