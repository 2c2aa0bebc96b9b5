"""Immutable values with named fields: what a frozen, keyword-only dataclass is, without its cost.

`dataclasses` compiles methods for every class and imports `inspect`: for the values that `verify`
needs that took longer than all of its checks (ADR 7). A subclass of `Value` has the same fields,
the same `==`, `hash` and `repr`, and works with `dataclasses.replace`, `fields` and `asdict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class _Factory:
    """Marks a field whose default is made anew for each value."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], _T]) -> _T:
    """Return a default that is made anew for each value, for what cannot be shared."""
    marker: Any = _Factory(default_factory)
    return marker  # type: ignore[no-any-return]


class _DataclassFields:
    """Answers `__dataclass_fields__` when somebody asks, and imports `dataclasses` only then."""

    def __get__(self, instance: object, owner: type[Value]) -> dict[str, Any]:
        import dataclasses

        made: dict[str, Any] = {}
        for name in owner.__value_fields__:
            default = owner.__value_defaults__.get(name, dataclasses.MISSING)
            found: Any = (
                dataclasses.field(default_factory=default.make)
                if isinstance(default, _Factory)
                else dataclasses.field(default=default)
            )
            found.name = name
            found.type = owner.__value_fields__[name]
            found.kw_only = True
            found._field_type = dataclasses._FIELD  # type: ignore[attr-defined] # noqa: SLF001
            made[name] = found
        return made


@dataclass_transform(
    eq_default=True, frozen_default=True, kw_only_default=True, field_specifiers=(field,)
)
class Value:
    """Base of immutable values: fields are the annotations of the class, given by keyword.

    `__post_init__` of a subclass may refuse a value. Fields cannot be set or deleted.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Any]]
    else:
        __dataclass_fields__ = _DataclassFields()
    __value_fields__: ClassVar[dict[str, Any]] = {}
    __value_defaults__: ClassVar[dict[str, Any]] = {}
    __value_factories__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Read the annotations of the class."""
        fields = dict(cls.__value_fields__)
        defaults = dict(cls.__value_defaults__)
        for name, kind in cls.__annotations__.items():
            if str(kind).startswith(("ClassVar", "typing.ClassVar")):
                continue
            fields[name] = kind
            if name in cls.__dict__:
                defaults[name] = cls.__dict__[name]
        cls.__value_fields__ = fields
        cls.__value_defaults__ = defaults
        cls.__value_factories__ = tuple(
            name for name, default in defaults.items() if isinstance(default, _Factory)
        )

    def __init__(self, **given: Any) -> None:
        """Take every field by its name.

        Raises:
            TypeError: a field is missing, or there is no such field.
        """
        cls = type(self)
        values = {**cls.__value_defaults__, **given}
        if values.keys() != cls.__value_fields__.keys():
            raise TypeError(_mismatch(cls, values))
        for name in cls.__value_factories__:
            if name not in given:
                values[name] = values[name].make()
        self.__dict__.update(values)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Refuse a value that makes no sense; nothing is refused here."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse."""
        raise AttributeError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse."""
        raise AttributeError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        """Say whether the other one is of the same class with equal fields."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        """Hash the fields."""
        return hash(tuple(self.__dict__[name] for name in type(self).__value_fields__))

    def __repr__(self) -> str:
        """Show the class and every field."""
        shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in type(self).__value_fields__)
        return f"{type(self).__qualname__}({shown})"


_V = TypeVar("_V", bound=Value)


def replace(value: _V, **changes: Any) -> _V:
    """Return a value that is the same but for `changes`, as `dataclasses.replace` would.

    Raises:
        TypeError: there is no such field.
    """
    return type(value)(**{**vars(value), **changes})


def names(kind: type[Value] | Value) -> tuple[str, ...]:
    """Return the names of the fields, in their order."""
    return tuple(kind.__value_fields__)


def _mismatch(cls: type[Value], values: dict[str, Any]) -> str:
    missing = [name for name in cls.__value_fields__ if name not in values]
    unknown = [name for name in values if name not in cls.__value_fields__]
    told = [f"missing {', '.join(missing)}"] if missing else []
    told += [f"no field {', '.join(unknown)}"] if unknown else []
    return f"{cls.__qualname__}: {'; '.join(told)}"
