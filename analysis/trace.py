# SPDX-License-Identifier: GPL-2.0-only
"""Read and convert trace tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from . import schema


class TraceError(ValueError):
    """A trace cannot be read; the text is one line."""


@dataclass
class Trace:
    """The tables of one simulation or capture."""

    connections: pd.DataFrame
    paths: pd.DataFrame
    subflows: pd.DataFrame
    data: pd.DataFrame
    counters: pd.DataFrame = field(
        default_factory=lambda: _empty(schema.OPTIONAL_TABLES["counters"])
    )
    pairs: pd.DataFrame = field(default_factory=lambda: _empty(schema.OPTIONAL_TABLES["pairs"]))

    def receiver(self) -> int:
        """Return the connection end that got the most data."""
        delivered = self.data[self.data["event"] == "delivered"]
        if delivered.empty:
            ends = self.connections.loc[self.connections["role"] == "server", "conn"]
            if ends.empty:
                raise TraceError("the trace has no connection end that could receive")
            return int(ends.iloc[0])
        return int(delivered.groupby("conn")["length"].sum().idxmax())

    @property
    def connected(self) -> bool:
        """Whether there is a connection end that could receive: a handshake came to the server."""
        return bool(
            (self.data["event"] == "delivered").any()
            or (self.connections["role"] == "server").any()
        )

    def peer(self, conn: int) -> int:
        """Return the other end of a connection."""
        ends = self.connections.set_index("conn")
        if conn not in ends.index:
            raise TraceError(f"the trace has no connection end {conn}")
        own = ends.loc[conn]
        others = ends.drop(index=conn)
        others = others[(others["role"] != own["role"]) & (others["protocol"] == own["protocol"])]
        if own["protocol"] == "mptcp" and own["token"] != 0:
            others = others[
                (others["token"] == own["remote_token"]) & (others["remote_token"] == own["token"])
            ]
        if others.empty:
            raise TraceError(f"the trace has no peer of connection end {conn}")
        return int(others.index[0])

    def sender(self) -> int:
        """Return the connection end that sent to :meth:`receiver`."""
        return self.peer(self.receiver())

    def samples(self, conn: int, subflow: int, event: str) -> pd.DataFrame:
        """Return time and value of one kind of event of a subflow."""
        s = self.subflows
        chosen = s[(s["conn"] == conn) & (s["subflow"] == subflow) & (s["event"] == event)]
        return chosen[["time_s", "value"]]

    def subflow_ids(self, conn: int) -> list[int]:
        """Return the subflows of a connection end in order of creation."""
        return list(dict.fromkeys(self.paths.loc[self.paths["conn"] == conn, "subflow"]))

    def subflow_names(self, conn: int) -> dict[int, str]:
        """Return names for a legend: the client's addresses.

        The two ends number the subflows each in its own way; the names are the same at both.
        """
        own = self.paths[self.paths["conn"] == conn].drop_duplicates("subflow")
        roles = self.connections.set_index("conn")["role"]
        side = "local" if roles.get(conn) == "client" else "remote"
        names: dict[int, str] = {}
        seen: dict[str, int] = {}
        for path in own.sort_values([side, f"{side}_port"]).itertuples():
            address = getattr(path, side)
            seen[address] = seen.get(address, 0) + 1
            number = f", {seen[address]}" if seen[address] > 1 else ""
            names[path.subflow] = f"subflow {address}{number}"
        return names


def read(directory: str | Path) -> Trace:
    """Read the tables of a directory, Parquet where there is no CSV."""
    tables = (*schema.TABLES, *schema.OPTIONAL_TABLES)
    return Trace(**{table: _read_table(Path(directory), table) for table in tables})


def _empty(columns: dict[str, str]) -> pd.DataFrame:
    """Return a table without rows."""
    types = {c: "object" if t == "str" else t for c, t in columns.items()}
    return pd.DataFrame({c: pd.Series(dtype=t) for c, t in types.items()})


def _read_table(directory: Path, table: str) -> pd.DataFrame:
    columns = {**schema.TABLES, **schema.OPTIONAL_TABLES}[table]
    types = {c: t for c, t in columns.items() if t != "str"}
    path = directory / f"{table}.csv"
    if path.exists():
        try:
            with path.open() as f:
                _check_version(path, f.readline().strip())
                frame = pd.read_csv(f, dtype=types)
        except TraceError:
            raise
        except OSError as error:
            raise TraceError(f"cannot read {path}: {error.strerror}") from None
        except ValueError as error:  # pandas' and those of the encoding
            reason = " ".join(str(error).split())
            raise TraceError(f"{path} is damaged: {reason}") from None
    elif (parquet := directory / f"{table}.parquet").exists():
        import pyarrow.parquet

        content = pyarrow.parquet.read_table(parquet)
        found = (content.schema.metadata or {}).get(b"schema", b"").decode()
        _check_version(parquet, f"# schema {found}")
        frame = content.to_pandas()
    elif table in schema.OPTIONAL_TABLES:
        return _empty(columns)
    else:
        raise TraceError(f"no trace table {path}")
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise TraceError(f"{path} has no column {', '.join(missing)}")
    return frame


def _check_version(path: Path, line: str) -> None:
    if line == schema.header():
        return
    parts = line.split()
    if parts[:3] != ["#", "schema", schema.NAME]:
        raise TraceError(f"{path} is not a trace table: its first line is not '{schema.header()}'")
    raise TraceError(
        f"{path} has version {' '.join(parts[3:])} of the trace schema; "
        f"this program reads version {schema.VERSION}"
    )


def to_parquet(directory: str | Path) -> list[Path]:
    """Write each table of a directory as Parquet beside the CSV."""
    import pyarrow
    import pyarrow.parquet

    optional = [t for t in schema.OPTIONAL_TABLES if Path(directory, f"{t}.csv").exists()]
    written = []
    for table in (*schema.TABLES, *optional):
        frame = _read_table(Path(directory), table)
        content = pyarrow.Table.from_pandas(frame, preserve_index=False)
        metadata = {**(content.schema.metadata or {})}
        metadata[b"schema"] = f"{schema.NAME} {schema.VERSION}".encode()
        path = Path(directory) / f"{table}.parquet"
        pyarrow.parquet.write_table(content.replace_schema_metadata(metadata), path)
        written.append(path)
    return written
