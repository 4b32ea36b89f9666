package store

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// tables are all there are, with their columns in order.
type tables struct {
	instant, input, poll, observation, event, verdict, rejected       *table
	identityDevice, binding, consensusDevice, source, global, reading *table
	dates                                                             *table
	settings, checkpoint, last, milestone, kv                         *table
	meta, cursor, ledger, alias                                       *table
	approval, published, known, grant                                 *table
}

func newTables() *tables {
	return &tables{
		instant: newTable("instant", 0, "id", "at", "config"),
		input:   newTable("input", 0, "id", "at", "restart", "orders"),
		poll: newTable("poll", 0, "id", "source", "number", "started_at", "ended_at", "at", "clock", "error", "partial", "count",
			"rejected", "marks"),
		observation: newTable("observation", 0, "id", "source", "ref", "device", "observed_at", "recorded_at", "novelty", "late",
			"print", "body"),
		event:           newTable("event", 0, "seq", "id", "type", "at", "device", "body"),
		verdict:         newTable("verdict", 0, "seq", "device", "decided_at", "body"),
		rejected:        newTable("rejected", 0, "id", "at", "source", "ref", "reason", "body"),
		identityDevice:  newTable("identity_device", 1, "device", "body"),
		binding:         newTable("binding", 2, "source", "ref", "device", "body"),
		consensusDevice: newTable("consensus_device", 1, "device", "body"),
		dates:           newTable("consensus_dates", 1, "source", "body"),
		source:          newTable("source_state", 1, "source", "body"),
		global:          newTable("consensus_global", 1, "only", "body"),
		reading:         newTable("reading", 4, "source", "ref", "component", "quantity", "value", "unit", "observed_at"),
		settings:        newTable("settings", 0, "id", "at", "hash", "body"),
		checkpoint:      newTable("checkpoint", 0, "id", "at", "batch", "seq", "instant", "poll", "observation", "body"),
		last:            newTable("last", 1, "only", "batch", "seq", "at"),
		milestone:       newTable("milestone", 1, "number", "title", "phase", "after", "opened_at", "published_at", "body"),
		kv:              newTable("kv", 2, "ns", "key", "value"),
		meta:            newTable("meta", 1, "key", "value"),
		cursor:          newTable("cursor", 1, "sink", "seq"),
		ledger:          newTable("ledger", 2, "sink", "key", "value"),
		alias:           newTable("alias", 2, "kind", "key", "alias"),
		approval:        newTable("approval", 2, "blog", "slug", "milestone", "sha256", "approved_at", "approved_by", "covers", "body"),
		published:       newTable("published", 2, "blog", "file", "slug", "milestone", "published_at", "covers", "body"),
		known:           newTable("known", 2, "kind", "value", "first_seen", "last_seen"),
		grant:           newTable("access_grant", 2, "kind", "name", "body"),
	}
}

// bulkRows is how many rows one statement stores: a third of the time of one row a statement. What is left at the end
// goes by smaller powers of two, so that a table needs six statements.
const bulkRows = 32

// table is one that commits add rows to.
type table struct {
	name    string
	columns string // separated by commas, the checksum last
	n       int    // how many
	keys    int    // how many of the first ones name a row
	// inserts are the statements for bulkRows, bulkRows/2, ... 1 rows.
	inserts []string
}

// newTable describes a table by its columns in order, without the checksum that is its last. With keys > 0, a row with
// the same first columns is replaced.
func newTable(name string, keys int, columns ...string) *table {
	columns = append(columns, "crc")
	t := &table{name: name, columns: strings.Join(columns, ", "), n: len(columns), keys: keys}
	into := "INSERT INTO " + name + " (" + t.columns + ") VALUES "
	row := "(?" + strings.Repeat(", ?", t.n-1) + ")"
	replace := ""
	if keys > 0 {
		sets := make([]string, 0, len(columns))
		for _, c := range columns[keys:] {
			sets = append(sets, c+" = excluded."+c)
		}
		replace = " ON CONFLICT (" + strings.Join(columns[:keys], ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
	}
	for n := bulkRows; n > 0; n /= 2 {
		t.inserts = append(t.inserts, into+row+strings.Repeat(", "+row, n-1)+replace)
	}
	return t
}

// selectAll returns the query for all columns of t, in order, with the given conditions.
func (t *table) selectAll(rest string) string {
	return "SELECT " + t.columns + " FROM " + t.name + " " + rest
}

// verify checks the checksum of one row, its last column.
func (t *table) verify(sum *summer, row []any) error {
	if row[t.n-1] != sum.row(t.name, row[:t.n-1]) {
		return t.corrupt(row, "its checksum does not fit")
	}
	return nil
}

// corrupt names the row for a person: by its first columns.
func (t *table) corrupt(row []any, cause string) error {
	return &CorruptError{Table: t.name, Row: rowName(row[:max(t.keys, 1)]), Cause: cause}
}

// rowName is a key for a person.
func rowName(key []any) string {
	parts := make([]string, len(key))
	for i, k := range key {
		if b, ok := k.([]byte); ok {
			k = hex.EncodeToString(b)
		}
		parts[i] = fmt.Sprint(k)
	}
	return strings.Join(parts, "/")
}
