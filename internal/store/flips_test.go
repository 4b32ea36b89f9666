package store_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// place is a row of a table and bytes of the file that are part of its payload.
type place struct {
	table   string
	id      int64
	at, len int
}

// places finds the payload of every row of a table in the file by walking its b-tree, overflow pages included.
func places(t *testing.T, file []byte, table string, root int) []place {
	t.Helper()
	size := int(binary.BigEndian.Uint16(file[16:]))
	var found []place
	var walk func(page int)
	walk = func(page int) {
		base := (page - 1) * size
		header := base
		if page == 1 {
			header += 100
		}
		cells := int(binary.BigEndian.Uint16(file[header+3:]))
		pointers := header + 8
		if file[header] == 5 {
			pointers += 4
		}
		for i := range cells {
			cell := base + int(binary.BigEndian.Uint16(file[pointers+2*i:]))
			if file[header] == 5 {
				walk(int(binary.BigEndian.Uint32(file[cell:])))
				continue
			}
			length, n := varint(file[cell:])
			id, m := varint(file[cell+n:])
			at, rest := cell+n+m, int(length)
			local := rest
			if most, least := size-35, (size-12)*32/255-23; rest > most {
				if local = least + (rest-least)%(size-4); local > most {
					local = least
				}
			}
			// The second byte is the type of the key, which stands in front of the record: SQLite does not look at the one here,
			// so that it can be changed without harm.
			found = append(found, place{table, id, at, 1}, place{table, id, at + 2, local - 2})
			next := 0
			if rest > local {
				next = int(binary.BigEndian.Uint32(file[at+local:]))
			}
			for rest -= local; rest > 0; rest -= size - 4 {
				over := (next - 1) * size
				found = append(found, place{table, id, over + 4, min(rest, size-4)})
				next = int(binary.BigEndian.Uint32(file[over:]))
			}
		}
		if file[header] == 5 {
			walk(int(binary.BigEndian.Uint32(file[header+8:])))
		}
	}
	walk(root)
	return found
}

// varint reads one of SQLite's: big-endian, seven bits a byte.
func varint(b []byte) (v int64, n int) {
	for n < 8 {
		v = v<<7 | int64(b[n]&0x7f)
		n++
		if b[n-1] < 0x80 {
			return v, n
		}
	}
	return v<<8 | int64(b[8]), 9
}

// realRecord makes a database that the pipeline wrote, with so many events and more rows of other tables, and returns its path.
func realRecord(t *testing.T, events int64) string {
	t.Helper()
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "kept")
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, 3)
		for n := 0; l.pipe.LastSeq() < events; n++ {
			l.live()
			if n%100 == 0 {
				l.look()
			}
		}
		if err := errors.Join(l.store.Advance(ctx, "blog", 7, nil), l.store.PutAlias(ctx, store.Alias{Kind: "ipv4", Key: []byte("key"), Alias: "192.0.2.7"}),
			l.store.PutMilestone(ctx, store.Milestone{Number: 1, Title: "first", OpenedAt: time.Now()}, 0), l.store.Put(ctx, "blog", "k", []byte("v")),
			l.store.PutApproval(ctx, store.Approval{Blog: "blog", Slug: "first", SHA256: strings.Repeat("0", 64), At: time.Now()}),
			l.store.PutPublished(ctx, store.Published{Blog: "blog", File: "_posts/2026-01-01-other.md", At: time.Now()}, nil),
			l.store.PutKnown(ctx, []store.Known{{Kind: "serials", Value: "SN1", FirstSeen: time.Now(), LastSeen: time.Now()}})); err != nil {
			t.Fatal(err)
		}
		l.end()
		if err := os.Rename(l.dir, dir); err != nil {
			t.Fatal(err)
		}
	})
	return filepath.Join(dir, "quorate.db")
}

// everything reads the record by all its queries.
func everything(ctx context.Context, r *store.Reader, devices []device.ID, refs []device.SourceRef) (string, error) {
	var b strings.Builder
	var errs []error
	tell := func(v any, err error) {
		text, jsonErr := json.Marshal(v)
		b.Write(append(text, '\n'))
		errs = append(errs, err, jsonErr)
	}
	seq, err := r.LastSeq(ctx)
	tell(seq, err)
	for after := int64(0); after < seq; after += 100 {
		events, err := r.Events(ctx, after, 100)
		tell(events, err)
	}
	tell(r.EventsBetween(ctx, time.Time{}.Add(time.Hour), time.Now().Add(1e6*time.Hour)))
	for _, id := range devices {
		tell(r.EventsOf(ctx, id, 1e6))
		tell(r.Verdicts(ctx, id, time.Time{}, time.Time{}, 1e6))
		tell(r.Readings(ctx, id))
	}
	sources := map[string]bool{}
	for _, ref := range refs {
		tell(r.Observations(ctx, ref, time.Time{}, 1e6))
		if !sources[ref.Source] {
			sources[ref.Source] = true
			tell(r.Polls(ctx, ref.Source, time.Time{}, 1e6))
		}
	}
	tell(r.Instants(ctx, time.Time{}, time.Time{}))
	tell(r.Inputs(ctx, time.Time{}, time.Time{}))
	tell(r.Rejected(ctx, 1e6))
	tell(r.Alerts(ctx))
	tell(r.Milestones(ctx))
	tell(r.Aliases(ctx))
	tell(r.Approvals(ctx))
	tell(r.Published(ctx))
	tell(r.Known(ctx))
	tell(r.Cursor(ctx, "blog"))
	tell(r.Get(ctx, "blog", "k"))
	tell(r.Counts(ctx))
	tell(r.LastCheckpoint(ctx))
	view, at, err := r.Present(ctx)
	if tell(at, err); err == nil {
		tell(view.Devices(at), nil)
	}
	return b.String(), errors.Join(errs...)
}

// whole is what a test knows of a database that is not damaged.
type whole struct {
	path    string
	file    []byte
	devices []device.ID
	refs    []device.SourceRef
	refOf   map[int64]device.SourceRef // by the row's id
	told    string
}

func newWhole(t *testing.T, events int64) *whole {
	t.Helper()
	ctx, w := context.Background(), &whole{path: realRecord(t, events), refOf: map[int64]device.SourceRef{}}
	var err error
	if w.file, err = os.ReadFile(w.path); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	query := func(dest []any, text string, row func()) {
		t.Helper()
		rows, err := db.Query(text)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(dest...); err != nil {
				t.Fatal(err)
			}
			row()
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	var id int64
	var ref device.SourceRef
	query([]any{&id, &ref.Source, &ref.Ref}, "SELECT id, source, ref FROM observation", func() { w.refOf[id] = ref })
	w.refs = slices.SortedFunc(maps.Keys(maps.Collect(func(yield func(device.SourceRef, bool) bool) {
		for _, r := range w.refOf {
			if !yield(r, true) {
				return
			}
		}
	})), device.SourceRef.Compare)
	var of device.ID
	query([]any{&of}, "SELECT DISTINCT device FROM event WHERE device IS NOT NULL", func() { w.devices = append(w.devices, of) })
	r := w.reader(t)
	defer func() { _ = r.Close() }()
	if err := errors.Join(r.QuickCheck(ctx), r.Scrub(ctx)); err != nil {
		t.Fatal(err)
	}
	if w.told, err = everything(ctx, r, w.devices, w.refs); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *whole) reader(t *testing.T) *store.Reader {
	t.Helper()
	r, err := store.OpenReader(context.Background(), filepath.Dir(w.path))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flip changes one byte each at these places of the file until back is called.
func (w *whole) flip(t *testing.T, rnd *rand.Rand, places ...int) (back func()) {
	t.Helper()
	f, err := os.OpenFile(w.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range places {
		if _, err := f.WriteAt([]byte{w.file[at] ^ byte(1+rnd.IntN(255))}, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		var errs []error
		for _, at := range places {
			_, err := f.WriteAt(w.file[at:at+1], int64(at))
			errs = append(errs, err)
		}
		if err := errors.Join(append(errs, f.Close())...); err != nil {
			t.Fatal(err)
		}
	}
}

// payloads are the places of all events and observations.
func (w *whole) payloads(t *testing.T) []place {
	t.Helper()
	db, err := sql.Open("sqlite3", w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var all []place
	for _, table := range []string{"event", "observation"} {
		var root, rows int
		if err := db.QueryRow("SELECT rootpage, (SELECT count(*) FROM "+table+") FROM sqlite_schema WHERE name = '"+table+"'").Scan(&root, &rows); err != nil {
			t.Fatal(err)
		}
		found := places(t, w.file, table, root)
		ids := map[int64]bool{}
		for _, p := range found {
			ids[p.id] = true
		}
		if len(ids) != rows {
			t.Fatalf("%d of %d rows of %s found in the file", len(ids), rows, table)
		}
		all = append(all, found...)
	}
	return all
}

// Every flipped byte in an event or an observation is found, by a scrub and by whoever reads it, and named.
func TestFlipsInPayloads(t *testing.T) {
	ctx, w := context.Background(), newWhole(t, 700)
	all := w.payloads(t)
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	bytes := 0
	for _, p := range all {
		bytes += p.len
	}
	pick := func() (place, int) { // every byte is as likely
		n := rnd.IntN(bytes)
		for _, p := range all {
			if n < p.len {
				return p, p.at + n
			}
			n -= p.len
		}
		panic("unreachable")
	}
	const flips, together = 900, 6
	for range flips / together {
		// A scrub reads all of it: it gets some at once, at most as many as it names. Those who read get each alone.
		at, want := []int{}, map[string]bool{}
		for len(at) < together {
			p, place := pick()
			key := fmt.Sprintf("table %s, row %d:", p.table, p.id)
			if want[key] {
				continue
			}
			at, want[key] = append(at, place), true
			back := w.flip(t, rnd, place)
			r := w.reader(t)
			var err error
			if p.table == "event" {
				_, err = r.Events(ctx, p.id-1, 1)
			} else {
				_, err = r.Observations(ctx, w.refOf[p.id], time.Time{}, 1e6)
			}
			if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), key) && !strings.Contains(err.Error(), "malformed") {
				t.Errorf("seed %d: a byte of %s flipped at %d: a reader says %v", seed, key, place, err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			back()
		}
		back := w.flip(t, rnd, at...)
		r := w.reader(t)
		err := r.Scrub(ctx)
		if err == nil || !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for key := range want {
			if !strings.Contains(err.Error(), key) {
				t.Errorf("seed %d: the scrub does not name %s\n%v", seed, key, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		back()
	}
}

// A byte flipped anywhere else is found, or does no harm: all that is read is as it was.
func TestFlipsElsewhere(t *testing.T) {
	ctx, w := context.Background(), newWhole(t, 200)
	inside := make([]bool, len(w.file))
	for _, p := range w.payloads(t) {
		for i := range p.len {
			inside[p.at+i] = true
		}
	}
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	const flips = 100
	by := map[string]int{}
	for n := 0; n < flips; {
		at := rnd.IntN(len(w.file))
		if inside[at] {
			continue
		}
		n++
		back := w.flip(t, rnd, at)
		by[w.harm(ctx, t, fmt.Sprintf("seed %d: a byte flipped at %d (page %d)", seed, at, at/4096+1))]++
		back()
	}
	t.Logf("found by: %v", by)
	if by["nothing"] == 0 || by["scrub"] == 0 {
		t.Errorf("seed %d: that was no test: %v", seed, by)
	}
}

// harm is what finds the damage, "nothing" where there is none.
func (w *whole) harm(ctx context.Context, t *testing.T, what string) string {
	t.Helper()
	r, err := store.OpenReader(ctx, filepath.Dir(w.path))
	if err != nil {
		return "open"
	}
	defer func() { _ = r.Close() }()
	if err := r.QuickCheck(ctx); err != nil {
		return "check"
	}
	if err := r.Scrub(ctx); err != nil {
		return "scrub"
	}
	told, err := everything(ctx, r, w.devices, w.refs)
	if err != nil {
		return "query"
	}
	if told != w.told {
		t.Errorf("%s: wrong data, and nobody noticed:\n%s", what, cmp.Diff(strings.Split(w.told, "\n"), strings.Split(told, "\n")))
	}
	return "nothing"
}
