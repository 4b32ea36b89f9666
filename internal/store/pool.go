package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

const (
	readers     = 4 // queries that run at once; they are short
	searches    = 2 // of them that look through the record for words, which takes long
	idleReaders = 2 // connections that are kept; each may hold a megabyte of pages
)

// connector opens the connections of a pool without a driver registered by name.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return &sqlite3.SQLiteDriver{} }

// openPool returns a pool of read-only connections to path; none is made yet.
func openPool(path, params string) *sql.DB {
	db := openDB(path, params+"&_query_only=1&_busy_timeout=5000&_cache_size=-1000")
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(idleReaders)
	return db
}

func openDB(path, params string) *sql.DB { return sql.OpenDB(connector{dsn(path, params)}) }

// dsn escapes path, which may hold any byte, for SQLite's URI form.
func dsn(path, params string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path}
	return u.String() + "?" + params
}
