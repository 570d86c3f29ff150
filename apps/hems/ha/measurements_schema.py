"""The file of the store and its tables.

Times are seconds since 1970 (UTC). Rows lie in order of time, so that a batch touches one page or two: a memory card wears
with the pages that are written.
"""

from .sqlite_file import SqliteFile

FILE = "measurements.sqlite3"
VERSION = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (name, source)
);
CREATE TABLE IF NOT EXISTS means (
    begin INTEGER NOT NULL, series INTEGER NOT NULL, seconds INTEGER NOT NULL, value REAL NOT NULL, share REAL NOT NULL,
    PRIMARY KEY (begin, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instants (
    at INTEGER NOT NULL, series INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (at, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cars (
    at INTEGER NOT NULL, series INTEGER NOT NULL, connected INTEGER, soc REAL, PRIMARY KEY (at, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forecasts (
    series INTEGER NOT NULL, issued INTEGER NOT NULL, begin INTEGER NOT NULL, seconds INTEGER NOT NULL,
    value REAL NOT NULL, PRIMARY KEY (series, issued, begin)
) WITHOUT ROWID;
"""


MEASUREMENTS = SqliteFile(FILE, VERSION, _TABLES, "what is measured")
