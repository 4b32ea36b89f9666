package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// mustOpen opens a store that does not wait for the disk: no test here takes the power away.
func mustOpen(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	o.Temporary = true
	return mustOpenDurable(t, dir, o)
}

func mustOpenDurable(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// folder returns a data folder that does not exist yet.
func folder(t testing.TB) string { return filepath.Join(t.TempDir(), "data") }

// record returns one in which everything about n devices changes, as batch number batch of such records.
func record(batch uint64, n int) *pipeline.Record {
	at := start.Add(time.Duration(batch) * time.Minute)
	r := &pipeline.Record{
		Batch: batch, Instants: []time.Time{at}, ConfigHash: "c0ffee",
		Polls: []pipeline.Poll{{
			Source: "prtg", Number: batch, Started: at.Add(-time.Second), Ended: at, At: at, SourceClock: at.Add(-2 * time.Second),
			Count: n, Marks: []pipeline.Mark{{Ref: "2001", ObservedAt: at.Add(-time.Minute)}},
		}},
		IdentityDevices: map[device.ID]*identity.Device{}, Bindings: map[device.SourceRef]*identity.Binding{},
		Devices: map[device.ID]*consensus.Device{},
		Sources: map[string]*consensus.SourceState{"prtg": {}},
		Global:  &consensus.Global{},
	}
	for i := range n {
		id, ref := device.ID(fmt.Sprintf("d_%010d", i)), fmt.Sprint(2000+i)
		name := device.Name{ID: id, Name: fmt.Sprintf("nas%d", i)}
		r.IdentityDevices[id] = &identity.Device{ID: id, Name: name.Name, Created: start}
		r.Bindings[device.SourceRef{Source: "prtg", Ref: ref}] = &identity.Binding{Source: "prtg", Ref: ref, Device: id, By: "address", Since: start}
		r.Devices[id] = &consensus.Device{}
		r.Observations = append(r.Observations, pipeline.ObservationRow{
			Source: "prtg", Ref: ref, Device: id, ObservedAt: at.Add(-time.Second), RecordedAt: at, Novelty: pipeline.ClaimChanged,
			Print: batch<<32 + uint64(i) + 1<<63, Body: fmt.Appendf(nil, `{"ref": %q, "name": %q, "claims": [{"facet": "reach", "state": "down"}]}`, ref, name.Name),
		})
		r.Readings = append(r.Readings, pipeline.ReadingRow{
			Source: "prtg", Ref: ref, Device: id, Quantity: "load", Value: float64(batch) / 3, Unit: "%", ObservedAt: at,
		})
		seq := int64(batch-1)*int64(n) + int64(i) + 1
		votes := []device.Vote{
			{Source: "prtg", Ref: ref, Facet: device.FacetReach, State: device.StateDown, Confidence: 1, Freshness: 1, Weight: 1, Age: device.Duration(time.Second), ObservedAt: at, Raw: "status=5"},
			{Source: "librenms", Ref: "12", Facet: device.FacetReach, State: device.StateDown, Confidence: 1, Freshness: 1, Weight: 1, Age: device.Duration(20 * time.Second), ObservedAt: at, Raw: "status=0 icmp"},
		}
		r.Events = append(r.Events, device.Event{
			Seq: seq, ID: device.NewEventID("", seq, at), Type: device.EventVerdictChanged, At: at, Since: at.Add(-time.Second), Device: &name,
			From: "up", To: "down", Standing: device.StandingConfirmed, Votes: votes, Text: name.Name + " is down: librenms and prtg agree",
		})
		r.Verdicts = append(r.Verdicts, device.Verdict{
			Seq: seq, Device: name, From: device.StatusUp, To: device.StatusDown, Since: at.Add(-time.Second), DecidedAt: at,
			Standing: device.StandingConfirmed, Witnesses: device.Witnesses{Enrolled: 2, Voting: 2},
			Tallies: []device.Tally{{Facet: device.FacetReach, State: device.StateDown, Proposal: "down", Down: 2, Share: 1, Enrolled: 2, Voters: 2, Quorum: 1, Standing: device.StandingConfirmed}},
			Votes:   votes, ConfigHash: "c0ffee",
		})
	}
	return r
}

func mustCommit(t testing.TB, s *Store, rs ...*pipeline.Record) {
	t.Helper()
	for _, r := range rs {
		if err := s.Commit(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCommitAndLoad(t *testing.T) {
	ctx, dir := context.Background(), folder(t)
	s := mustOpen(t, dir, Options{})
	l, err := s.Load(ctx)
	if err != nil || !l.Fresh || l.LastSeq != 0 || l.Salt == "" {
		t.Fatalf("a new record: %+v, %v", l, err)
	}
	mustCommit(t, s, record(1, 70), record(2, 70))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = mustOpen(t, dir, Options{})
	got, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := record(2, 70)
	if got.Fresh || got.Salt != l.Salt || got.LastBatch != 2 || got.LastSeq != 140 || !got.LastInstant.Equal(want.Instants[0]) {
		t.Errorf("loaded %+v", got)
	}
	if d := cmp.Diff(want.IdentityDevices, got.Identity.Devices); d != "" {
		t.Errorf("devices of identity (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want.Bindings, got.Identity.Bindings); d != "" {
		t.Errorf("bindings (-want +got):\n%s", d)
	}
	if len(got.Consensus.Devices) != 70 || len(got.Consensus.Sources) != 1 {
		t.Errorf("consensus has %d devices and %d sources", len(got.Consensus.Devices), len(got.Consensus.Sources))
	}
	for _, o := range want.Observations {
		if p := got.Prints[device.SourceRef{Source: o.Source, Ref: o.Ref}]; p != o.Print {
			t.Fatalf("print of %s is %d, want %d", o.Ref, p, o.Print)
		}
	}
}

func TestQueries(t *testing.T) {
	ctx, dir := context.Background(), folder(t)
	s := mustOpen(t, dir, Options{})
	r1, r2, r3 := record(1, 3), record(2, 3), record(3, 3)
	r2.Rejected = []device.Rejection{{Source: "prtg", Ref: "9", Reason: "ref is empty", Body: []byte("{}")}, {Source: "prtg", Reason: "no"}}
	mustCommit(t, s, r1, r2, r3)
	r, err := OpenReader(ctx, dir) // beside the agent
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()

	id, ref := device.ID("d_0000000001"), device.SourceRef{Source: "prtg", Ref: "2001"}
	for _, c := range []struct {
		name string
		want any
		got  func() (any, error)
	}{
		{"events", append(r1.Events[2:3:3], r2.Events[:2]...), func() (any, error) { return r.Events(ctx, 2, 3) }},
		{"no more events", []device.Event(nil), func() (any, error) { return r.Events(ctx, 9, 3) }},
		{"events between", r2.Events, func() (any, error) { return r.EventsBetween(ctx, r2.Instants[0], r3.Instants[0]) }},
		{"events of a device", []device.Event{r2.Events[1], r3.Events[1]}, func() (any, error) { return r.EventsOf(ctx, id, 2) }},
		{"verdicts", []device.Verdict{r2.Verdicts[1], r3.Verdicts[1]}, func() (any, error) { return r.Verdicts(ctx, id, time.Time{}, time.Time{}, 2) }},
		{"verdicts between", []device.Verdict{r1.Verdicts[1]}, func() (any, error) {
			return r.Verdicts(ctx, id, r1.Instants[0], r2.Instants[0], 9)
		}},
		{"observations", []pipeline.ObservationRow{r1.Observations[1], r2.Observations[1]}, func() (any, error) {
			return r.Observations(ctx, ref, r3.Instants[0], 9)
		}},
		{"polls", []pipeline.Poll{r2.Polls[0], r3.Polls[0]}, func() (any, error) { return r.Polls(ctx, "prtg", r2.Instants[0], 9) }},
		{"instants", []time.Time{r2.Instants[0]}, func() (any, error) { return r.Instants(ctx, r2.Instants[0], r3.Instants[0]) }},
		{"readings", r3.Readings[1:2], func() (any, error) { return r.Readings(ctx, id) }},
		{"rejected", []Rejected{{1, r2.Instants[0], r2.Rejected[0]}, {2, r2.Instants[0], r2.Rejected[1]}}, func() (any, error) { return r.Rejected(ctx, 9) }},
		{"last", int64(9), func() (any, error) { return r.LastSeq(ctx) }},
		{"counts", Counts{Devices: 3, Bindings: 3, Observations: 9, Polls: 3, Instants: 3, Events: 9, Verdicts: 9, Rejected: 2}, func() (any, error) { return r.Counts(ctx) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.got()
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}

	v, ok, err := r.VerdictAt(ctx, id, r2.Instants[0].Add(time.Second))
	if err != nil || !ok || v.Seq != r2.Verdicts[1].Seq {
		t.Errorf("verdict at: %v %v %v", v.Seq, ok, err)
	}
	if _, ok, err := r.VerdictAt(ctx, id, start); ok || err != nil {
		t.Errorf("verdict before the first: %v %v", ok, err)
	}
	if _, err := r.db.ExecContext(ctx, "DELETE FROM event"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestCommitIsAllOrNothing(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name  string
		spoil func(*pipeline.Record)
	}{
		{"an event twice", func(r *pipeline.Record) { r.Events[1].Seq = r.Events[0].Seq }},
		{"a gap between events", func(r *pipeline.Record) { r.Events = r.Events[1:] }},
		{"a verdict without its event", func(r *pipeline.Record) { r.Verdicts[69].Seq = 4711 }},
		{"a poll without a source", func(r *pipeline.Record) { r.Polls[0].Source = "" }},
		{"an observation without a body", func(r *pipeline.Record) { r.Observations[40].Body = nil }},
		{"a source state without a name, at the very end", func(r *pipeline.Record) { r.Sources[""] = &consensus.SourceState{} }},
		{"a reading without a value", func(r *pipeline.Record) { r.Readings[69].Quantity = "" }},
		{"a time that JSON cannot hold", func(r *pipeline.Record) {
			r.IdentityDevices["d_0000000000"].Created = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		}},
		{"a device that is not there", func(r *pipeline.Record) { r.Devices["d_0000000042"] = nil }},
		{"a binding that is not there", func(r *pipeline.Record) { r.Bindings[device.SourceRef{Source: "prtg", Ref: "2001"}] = nil }},
		{"an older batch", func(r *pipeline.Record) { r.Batch = 0 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustOpen(t, folder(t), Options{})
			mustCommit(t, s, record(1, 70))
			before := dump(t, s)
			r := record(2, 70)
			tt.spoil(r)
			var p interface{ Permanent() bool }
			if err := s.Commit(ctx, r); !errors.As(err, &p) || !p.Permanent() {
				t.Fatalf("%v is not an error to give up on", err)
			}
			if d := cmp.Diff(before, dump(t, s)); d != "" {
				t.Errorf("something is left (-before +after):\n%s", d)
			}
			mustCommit(t, s, record(2, 70)) // the store works on
		})
	}
}

func TestCommitTwice(t *testing.T) {
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 3), record(2, 3))
	before := dump(t, s)
	mustCommit(t, s, record(2, 3)) // a repetition is done
	if d := cmp.Diff(before, dump(t, s)); d != "" {
		t.Errorf("stored twice (-once +twice):\n%s", d)
	}
}

func TestRemoved(t *testing.T) {
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 3))
	mustCommit(t, s, &pipeline.Record{Batch: 2, Removed: []device.ID{"d_0000000001"}, IdentityRemoved: []device.ID{"d_0000000002", "d_none"}})
	l, err := s.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Consensus.Devices) != 2 || len(l.Identity.Devices) != 2 || l.Identity.Devices["d_0000000002"] != nil {
		t.Errorf("%d and %d devices are left", len(l.Consensus.Devices), len(l.Identity.Devices))
	}
	if want := start.Add(time.Minute); !l.LastInstant.Equal(want) {
		t.Errorf("last instant %v, want %v: a record without one leaves it", l.LastInstant, want)
	}
}

func TestCursors(t *testing.T) {
	ctx, dir := context.Background(), folder(t)
	s := mustOpen(t, dir, Options{})
	for _, seq := range []int64{5, 3, 7} {
		if err := s.Advance(ctx, "blog", seq, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, Options{})
	for sink, want := range map[string]int64{"blog": 7, "new": 0} {
		if got, err := s.Cursor(ctx, sink); err != nil || got != want {
			t.Errorf("cursor of %s is %d, %v, want %d", sink, got, err, want)
		}
	}
}

// dump returns all rows of all tables as text.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	db := sql.OpenDB(connector{dsn(s.Path(), "mode=ro")})
	defer func() { _ = db.Close() }()
	names, err := texts(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range names {
		if err := dumpTable(&b, db, name); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func dumpTable(b *strings.Builder, db *sql.DB, name string) error {
	rows, err := db.Query("SELECT * FROM " + name)
	if err != nil {
		return err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	row, dest := make([]any, len(cols)), make([]any, len(cols))
	for i := range row {
		dest[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		fmt.Fprintf(b, "%s %q\n", name, row)
	}
	return rows.Err()
}

func texts(db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b)
}
