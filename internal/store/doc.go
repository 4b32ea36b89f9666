// Package store keeps the record in SQLite: the journal of the pipeline, the state it continues from after a
// restart, and the queries that everybody else reads.
//
// A data folder belongs to one agent at a time: Open holds a lock file for as long as the Store is open. All writes go
// through one connection with synchronous=FULL, so what Commit has returned survives a loss of power; reads go through
// a pool of read-only connections (Reader), which commands may also open on their own beside a running agent. Every
// row carries a CRC32C over its columns that is verified on each read: one flipped byte passes SQLite's own checks.
//
// A Recording reads the journal back into the instants that were judged, from a checkpoint of the state or the beginning.
//
// The package starts no goroutine of its own but those that Maintain ends before it returns and the encoder of a Commit
// that ends with it. It knows what the pipeline hands over and nothing of sources, configuration or the API. It is the
// only package with cgo.
package store
