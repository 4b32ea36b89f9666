package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// BenchmarkCommit stores records in which every device changes. "ratio" is its speed against a bare loop that stores
// the same rows one by one in append-only tables without indexes, with the same driver, durability and transactions,
// measured in turns with it: of the fastest of each, and of the rounds the least, the middle and the largest. The budget
// for the whole path is 0.7 at 10,000 devices and 0.5 at 68.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{68, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := mustOpenDurable(b, folder(b), Options{})
			bare := openBare(b)
			// What a commit stores first differs from what it stores again: the state is there to be replaced.
			mustCommit(b, s, changed(1, n))
			rows := encoded(b, s, changed(1, n))
			bare.store(b, rows)
			// The fastest of each: whatever else the machine does, it only ever takes longer.
			ours, theirs := time.Hour, time.Hour
			var ratios []float64
			batch := uint64(1)
			for b.Loop() {
				b.StopTimer()
				batch++
				r := changed(batch, n)
				b.StartTimer()
				began := time.Now()
				mustCommit(b, s, r)
				took := time.Since(began)
				ours = min(ours, took)
				b.StopTimer()
				rows := encoded(b, s, r)
				began = time.Now()
				bare.store(b, rows)
				other := time.Since(began)
				theirs = min(theirs, other)
				ratios = append(ratios, float64(other)/float64(took))
				b.StartTimer()
			}
			slices.Sort(ratios)
			b.ReportMetric(float64(theirs)/float64(ours), "ratio")
			b.ReportMetric(ratios[0], "ratio-min")
			b.ReportMetric(ratios[len(ratios)/2], "ratio-median")
			b.ReportMetric(ratios[len(ratios)-1], "ratio-max")
			b.ReportMetric(float64(n)/ours.Seconds(), "devices/s")
			b.ReportMetric(float64(len(rows))/theirs.Seconds(), "bare-rows/s")
		})
	}
}

// changed returns a record of n devices with two sources whose reach turned: what a pipeline hands over when all
// changes.
func changed(batch uint64, n int) *pipeline.Record {
	r := record(batch, n)
	r.IdentityDevices, r.Bindings, r.Readings = nil, nil, nil
	at := r.Instants[0]
	for i := range n {
		id := r.Verdicts[i].Device.ID
		claim := consensus.Claim{State: device.StateDown, Confidence: 1, Interval: 5 * time.Minute, ObservedAt: at, ArrivedAt: at, Raw: "status=0 icmp"}
		report := consensus.Report{Source: "librenms", Ref: "12", Newest: at, Seen: at, Base: at, Reach: claim, Spoke: device.StateUp, Alarm: true}
		other := report
		other.Source, other.Ref = "prtg", r.Observations[i].Ref
		r.Devices[id] = &consensus.Device{
			Name: r.Verdicts[i].Device.Name, Reports: []consensus.Report{report, other},
			Reach:  consensus.FacetState{State: device.StateDown, Since: at, DecidedAt: at},
			Status: device.StatusDown, LastUp: at, Ring: "uuuuuuuuuuuuuuuuuuud",
		}
	}
	return r
}

// row is one row as the bare loop gets it, ready.
type row struct {
	t    *table
	args []any
}

// encoded returns the rows that a commit of r stores.
func encoded(b *testing.B, s *Store, r *pipeline.Record) []row {
	b.Helper()
	out := make(chan *chunk, 1)
	e := &encoder{t: s.t, out: out, stop: make(chan struct{}), json: &s.json}
	go e.run(func(e *encoder) { e.record(r, ids{}) })
	var rows []row
	for c := range out {
		if c.err != nil {
			b.Fatal(c.err)
		}
		for i := 0; i < len(c.args); i += c.t.n {
			args := make([]any, c.t.n)
			for j := range args {
				args[j] = c.args[i+j].Value
			}
			rows = append(rows, row{c.t, args})
		}
	}
	return rows
}

// bare is the loop that anybody would write first.
type bare struct{ db *sql.DB }

func openBare(b *testing.B) *bare {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bare.db")
	db := sql.OpenDB(connector{dsn(path, "mode=rwc&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")})
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	for _, t := range journalTables(newTables()) {
		if _, err := db.Exec("CREATE TABLE " + t.name + " (" + t.columns + ")"); err != nil {
			b.Fatal(err)
		}
	}
	return &bare{db}
}

func journalTables(t *tables) []*table {
	return []*table{
		t.instant, t.poll, t.observation, t.event, t.verdict, t.rejected, t.identityDevice, t.binding, t.consensusDevice, t.dates, t.source, t.global,
		t.reading,
	}
}

func (x *bare) store(b *testing.B, rows []row) {
	b.Helper()
	ctx := context.Background()
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		b.Fatal(err)
	}
	stmts := map[*table]*sql.Stmt{}
	for _, r := range rows {
		stmt := stmts[r.t]
		if stmt == nil {
			if stmt, err = tx.PrepareContext(ctx, bareInsert(r.t)); err != nil {
				b.Fatal(err)
			}
			stmts[r.t] = stmt
		}
		if _, err := stmt.ExecContext(ctx, r.args...); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func bareInsert(t *table) string {
	q := "INSERT INTO " + t.name + " (" + t.columns + ") VALUES (?"
	for range t.n - 1 {
		q += ", ?"
	}
	return q + ")"
}
