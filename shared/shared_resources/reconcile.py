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

    from sqlalchemy import Connection, Select

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
    keys = list(target.table.primary_key.columns)
    staged = _temporary(
        connection, f"staged_{target.table.name}", list(target.table.columns), unique=keys
    )
    spared = _temporary(connection, f"spared_{target.table.name}", keys)
    total = connection.scalar(select(func.count()).select_from(target.table)) or 0
    _load(connection, staged, rows)
    _load(connection, spared, spared_keys)
    difference = _temporary(
        connection,
        f"difference_{target.table.name}",
        [Column("action", String(6)), *_before(target), *target.table.columns],
    )
    missing = _compare(
        connection, target, staged, spared, difference, delete_missing=delete_missing
    )
    changes = _counted(connection, difference, total, missing)
    if changes.deleted > max_delete_fraction * total:
        message = (
            f"{changes.deleted} of {total} rows of {target.table.name} would be deleted, more than "
            f"the allowed fraction of {max_delete_fraction:g}; nothing was changed"
        )
        raise MassDeleteError(
            message, hint="if the source is right, raise max_delete_fraction once"
        )
    if changes.total:
        _write_log(connection, target, difference, stamp)
        _apply(connection, target.table, difference)
    for table in (staged, spared, difference):
        table.drop(connection)
    return changes


def lock_for_writing(connection: Connection, table: Table) -> None:
    """Let one transaction write at a time; readers go on. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


def _temporary(
    connection: Connection, name: str, columns: list[Column[Any]], *, unique: Sequence[Any] = ()
) -> Table:
    copies = [
        Column(column.name, column.type, primary_key=column in unique, autoincrement=False)
        for column in columns
    ]
    table = Table(name, MetaData(), *copies, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def _before(target: Target) -> list[Column[Any]]:
    return [Column(f"{name}_before", target.table.c[name].type) for name in target.tracked]


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
            driver.execute(f"ANALYZE {prepare.format_table(table)}")
        else:
            marks = ", ".join("?" for _ in table.columns)
            driver.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)  # type: ignore[arg-type]  # noqa: S608
    finally:
        driver.close()


def _compare(
    connection: Connection,
    target: Target,
    staged: Table,
    spared: Table,
    difference: Table,
    *,
    delete_missing: bool,
) -> int:
    """Fill `difference`; return how many rows of the table are missing in the extract."""
    table = target.table
    keys = [column.name for column in table.primary_key.columns]
    names = [column.name for column in table.columns]
    values = [name for name in names if name not in keys]
    same_row = and_(*(table.c[key] == staged.c[key] for key in keys))
    is_new = table.c[keys[0]].is_(None)
    differs = or_(*(table.c[name].is_distinct_from(staged.c[name]) for name in values))
    written = ["action", *(f"{name}_before" for name in target.tracked), *names]

    def found(action: str, source: Table) -> Select[Any]:
        before = (table.c[name] for name in target.tracked)
        return select(literal(action), *before, *(source.c[name] for name in names))

    joined = staged.outerjoin(table, same_row)
    added = found(INSERT, staged).select_from(joined).where(is_new)
    changed = found(UPDATE, staged).select_from(joined).where(~is_new, differs)
    connection.execute(insert(difference).from_select(written, added.union_all(changed)))

    is_spared = and_(*(table.c[key] == spared.c[key] for key in keys))
    missing = (
        found(DELETE, table)
        .select_from(table.outerjoin(staged, same_row))
        .where(staged.c[keys[0]].is_(None))
    )
    gone = missing.where(~select(literal(1)).where(is_spared).exists())
    if delete_missing:
        connection.execute(insert(difference).from_select(written, gone))
    return connection.scalar(select(func.count()).select_from(missing.subquery())) or 0


def _counted(connection: Connection, difference: Table, total: int, missing: int) -> Changes:
    by_action = select(difference.c.action, func.count()).group_by(difference.c.action)
    counts = {action: count for action, count in connection.execute(by_action)}  # noqa: C416
    updated, deleted = counts.get(UPDATE, 0), counts.get(DELETE, 0)
    return Changes(
        inserted=counts.get(INSERT, 0),
        updated=updated,
        deleted=deleted,
        unchanged=total - updated - missing,
        kept=missing - deleted,
    )


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
