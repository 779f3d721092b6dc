"""Bring a table to the state of an extract, in the caller's transaction, and log every change.

Rows are loaded in bulk into a temporary table (COPY on PostgreSQL), compared there, guarded, and
only the differences are applied (MERGE on PostgreSQL). An extract that changes nothing writes
nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Index,
    MetaData,
    String,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared_resources.errors import MassDeleteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

INSERT, UPDATE, DELETE = "insert", "update", "delete"


@dataclass(frozen=True)
class Changes:
    """How many rows a reconciliation touched; `kept` would have been deleted and were spared."""

    inserted: int
    updated: int
    deleted: int
    unchanged: int
    kept: int

    @property
    def total(self) -> int:
        """Rows that changed."""
        return self.inserted + self.updated + self.deleted

    def as_metadata(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Target:
    """A table, its change log, and which columns the log shows before and after.

    The log has the table's key columns, `action`, and `<column>_before` and `<column>_after` for
    each of `tracked`; what else it has is given as `stamp` when reconciling.
    """

    table: Table
    log: Table
    tracked: tuple[str, ...]


def reconcile(
    connection: Connection,
    target: Target,
    rows: Iterable[Sequence[object]],
    *,
    stamp: Mapping[str, object],
    spared_keys: Iterable[Sequence[object]] = (),
    delete_missing: bool = True,
    max_delete_fraction: float = 1.0,
) -> Changes:
    """Make `target.table` equal to `rows` (in the order of its columns, keys unique).

    A row that is missing in `rows` is deleted, unless its key is among `spared_keys` or
    `delete_missing` is off. Raises MassDeleteError before any change if that would delete more than
    `max_delete_fraction` of the table.
    """
    lock_for_writing(connection, target.table)
    table = target.table
    keys = list(table.primary_key.columns)
    staged = _temporary(connection, f"staged_{table.name}", list(table.columns))
    spared = _temporary(connection, f"spared_{table.name}", keys)
    before = [Column(f"{name}_before", table.c[name].type) for name in target.tracked]
    difference = _temporary(
        connection,
        f"difference_{table.name}",
        [Column("action", String(6)), *before, *table.columns],
    )
    _load(connection, staged, rows)
    # After the load, where it costs half: an extract with a key twice is an error.
    Index(f"key_of_{staged.name}", *(staged.c[key.name] for key in keys), unique=True).create(
        connection
    )
    _find_written(connection, target, staged, difference)
    total, inserted = _count(connection, table), _count(connection, difference, INSERT)
    missing = total - (_count(connection, staged) - inserted)
    if missing and delete_missing:
        _load(connection, spared, spared_keys)
        _find_deleted(connection, target, staged, spared, difference)
    deleted = _count(connection, difference, DELETE) if missing else 0
    updated = _count(connection, difference) - inserted - deleted
    changes = Changes(inserted, updated, deleted, total - updated - missing, missing - deleted)
    if deleted > max_delete_fraction * total:
        message = (
            f"{deleted} of {total} rows of {table.name} would be deleted, more than "
            f"the allowed fraction of {max_delete_fraction:g}; nothing was changed"
        )
        raise MassDeleteError(
            message, hint="if the source is right, raise max_delete_fraction once"
        )
    if changes.total:
        _write_log(connection, target, difference, stamp)
        _apply(connection, table, difference)
    for temporary in (staged, spared, difference):
        temporary.drop(connection)
    return changes


def lock_for_writing(connection: Connection, table: Table) -> None:
    """Let one transaction write at a time; readers go on. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


def _temporary(connection: Connection, name: str, columns: list[Column[Any]]) -> Table:
    copies = [Column(column.name, column.type) for column in columns]
    table = Table(name, MetaData(), *copies, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def _load(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Append rows in bulk through the driver itself: SQLAlchemy's executemany costs much more."""
    prepare = connection.dialect.identifier_preparer
    names = ", ".join(prepare.quote(column.name) for column in table.columns)
    into = f"{prepare.format_table(table)} ({names})"
    driver = connection.connection.cursor()
    try:
        if connection.dialect.name == "postgresql":
            with driver.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" for _ in table.columns)
            driver.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)  # type: ignore[arg-type]  # noqa: S608
    finally:
        driver.close()


def _find_written(connection: Connection, target: Target, staged: Table, difference: Table) -> None:
    """Put what has to be inserted or updated into `difference`, in one pass."""
    table = target.table
    keys = [column.name for column in table.primary_key.columns]
    values = [column.name for column in table.columns if column.name not in keys]
    is_new = table.c[keys[0]].is_(None)
    differs = or_(*(table.c[name].is_distinct_from(staged.c[name]) for name in values))
    found = (
        _entry(target, case((is_new, INSERT), else_=UPDATE), staged)
        .select_from(staged.outerjoin(table, _same_key(table, staged, keys)))
        .where(or_(is_new, differs))
    )
    connection.execute(insert(difference).from_select(difference.c.keys(), found))


def _find_deleted(
    connection: Connection, target: Target, staged: Table, spared: Table, difference: Table
) -> None:
    """Put what is neither in the extract nor spared into `difference`."""
    table = target.table
    keys = [column.name for column in table.primary_key.columns]
    present = [
        select(literal(1)).where(_same_key(table, other, keys)).exists()
        for other in (staged, spared)
    ]
    found = _entry(target, literal(DELETE), table).where(*(~exists for exists in present))
    connection.execute(insert(difference).from_select(difference.c.keys(), found))


def _entry(target: Target, action: ColumnElement[str], source: Table) -> Select[Any]:
    """Select the columns of the difference: action, values before, row as it shall be."""
    before = (target.table.c[name].label(f"{name}_before") for name in target.tracked)
    return select(action, *before, *(source.c[column.name] for column in target.table.columns))


def _same_key(left: Table, right: Table, keys: list[str]) -> ColumnElement[bool]:
    return and_(*(left.c[key] == right.c[key] for key in keys))


def _count(connection: Connection, table: Table, action: str = "") -> int:
    query = select(func.count()).select_from(table)
    return connection.scalar(query.where(table.c.action == action) if action else query) or 0


def _write_log(
    connection: Connection, target: Target, difference: Table, stamp: Mapping[str, object]
) -> None:
    keys = [column.name for column in target.table.primary_key.columns]
    is_delete = difference.c.action == DELETE
    columns: dict[str, Any] = {"action": difference.c.action}
    columns |= {key: difference.c[key] for key in keys}
    for name in target.tracked:
        columns[f"{name}_before"] = difference.c[f"{name}_before"]
        columns[f"{name}_after"] = case((is_delete, None), else_=difference.c[name])
    columns |= {
        name: literal(value, target.log.c[name].type).label(name) for name, value in stamp.items()
    }
    in_order = select(*columns.values()).order_by(*(difference.c[key] for key in keys))
    connection.execute(insert(target.log).from_select(list(columns), in_order))


def _apply(connection: Connection, table: Table, difference: Table) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(_merge(connection, table, difference)))
        return
    keys = list(table.primary_key.columns)
    names = [column.name for column in table.columns]
    gone = select(*(difference.c[key.name] for key in keys)).where(difference.c.action == DELETE)
    connection.execute(delete(table).where(tuple_(*keys).in_(gone)))
    source = select(*(difference.c[name] for name in names)).where(difference.c.action != DELETE)
    upsert = sqlite_insert(table).from_select(names, source)
    values = {
        name: upsert.excluded[name] for name in names if name not in table.primary_key.columns
    }
    connection.execute(upsert.on_conflict_do_update(index_elements=keys, set_=values))


def _merge(connection: Connection, table: Table, difference: Table) -> str:
    """Return PostgreSQL's MERGE of the differences; SQLAlchemy has no construct for it."""
    prepare = connection.dialect.identifier_preparer
    keys = [prepare.quote(column.name) for column in table.primary_key.columns]
    names = [prepare.quote(column.name) for column in table.columns]
    matched = " AND ".join(f"t.{key} = d.{key}" for key in keys)
    changed = ", ".join(f"{name} = d.{name}" for name in names if name not in keys)
    return (
        f"MERGE INTO {prepare.format_table(table)} AS t "  # noqa: S608 - quoted identifiers only
        f"USING {prepare.format_table(difference)} AS d ON {matched} "
        f"WHEN MATCHED AND d.action = '{DELETE}' THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET {changed} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) "
        f"VALUES ({', '.join(f'd.{name}' for name in names)})"
    )
