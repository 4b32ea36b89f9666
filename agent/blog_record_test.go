package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// replayed is a history over the record of a replay.
type replayed struct {
	history
	view  *pipeline.View
	at    time.Time
	after int64
}

func (r *replayed) Devices(context.Context) ([]device.Current, error) {
	return r.view.Devices(r.at), nil
}
func (r *replayed) Sources(context.Context) ([]device.SourceStatus, error) {
	return r.view.Sources(r.at), nil
}
func (r *replayed) Scores(context.Context) (device.Scoreboard, error) { return r.view.Scores(), nil }
func (r *replayed) Setup(context.Context) (blogsink.Setup, error)     { return blogsink.Setup{}, nil }
func (r *replayed) Milestone(context.Context) (blogsink.Milestone, error) {
	return blogsink.Milestone{After: r.after}, nil
}

// labOfChance is a record of some hours: three monitors with devices in common, and each of them wrong, silent, paused or
// blind now and then.
func labOfChance(t testing.TB, seed uint64, minutes int) (*store.Store, string) {
	t.Helper()
	cfg, all := wordsOfChance(seed, minutes)
	s, _, dir := recordOf(t, cfg, all)
	return s, dir
}

// recordOf is the record of what monitors said, and the state that it ends in. The same words give the same record.
func recordOf(t testing.TB, cfg pipeline.Config, all []device.Snapshot) (*store.Store, *pipeline.View, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	salt := ""
	s, err := store.Open(t.Context(), dir, store.Options{Temporary: true, Salt: &salt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	waiting := slices.Clone(all)
	view, err := pipeline.Replay(t.Context(), cfg, s, func() (device.Snapshot, error) {
		if len(waiting) == 0 {
			return device.Snapshot{}, io.EOF
		}
		next := waiting[0]
		waiting = waiting[1:]
		return next, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, view, dir
}

// wordsOfChance are what they say, with their settings.
func wordsOfChance(seed uint64, minutes int) (pipeline.Config, []device.Snapshot) {
	sees := []struct {
		name    string
		devices int
		every   int // minutes
	}{{"librenms", 5, 5}, {"prtg", 9, 1}, {"snmp", 4, 1}}
	cfg := pipeline.Config{Consensus: consensus.Config{Sources: map[string]consensus.Source{}, Hash: "h"}}
	for _, x := range sees {
		cfg.Consensus.Sources[x.name] = consensus.Source{Name: x.name, Interval: time.Duration(x.every) * time.Minute}
	}
	rnd := rand.New(rand.NewPCG(seed, 1))
	begin := time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)
	down, lie, blind, paused := map[int]int{}, map[[2]int]int{}, map[int]int{}, map[[2]int]int{}
	var waiting []device.Snapshot
	for m := range minutes {
		at := begin.Add(time.Duration(m) * time.Minute)
		if rnd.IntN(25) == 0 {
			down[rnd.IntN(9)] = m + 3 + rnd.IntN(40)
		}
		for k, x := range sees {
			if rnd.IntN(60) == 0 {
				lie[[2]int{k, rnd.IntN(x.devices)}] = m + 1 + rnd.IntN(60)
			}
			if rnd.IntN(90) == 0 {
				paused[[2]int{k, rnd.IntN(x.devices)}] = m + 1 + rnd.IntN(30)
			}
			if rnd.IntN(120) == 0 {
				blind[k] = m + 2 + rnd.IntN(30)
			}
			if m%x.every != 0 {
				continue
			}
			poll := device.Snapshot{At: at, Source: x.name, Started: at.Add(-time.Duration(20+rnd.IntN(3000)) * time.Millisecond)}
			if m > 0 && blind[k] > m {
				poll.Err = "timeout"
				waiting = append(waiting, poll)
				continue
			}
			for d := range x.devices {
				o := device.Observation{Identity: device.Identity{Ref: fmt.Sprint(100*k + d), Name: fmt.Sprintf("box%d", d), Hostnames: []string{fmt.Sprintf("box%d.example.net", d)}}}
				switch {
				case paused[[2]int{k, d}] > m && m > 0:
					o.Abstain = device.AbstainPaused
				case (down[d] > m) != (lie[[2]int{k, d}] > m):
					o.Claims = []device.Claim{{Facet: device.FacetReach, State: device.StateDown}}
				default:
					o.Claims = []device.Claim{{Facet: device.FacetReach, State: device.StateUp}}
				}
				poll.Observations = append(poll.Observations, o)
			}
			waiting = append(waiting, poll)
		}
		waiting = append(waiting, device.Snapshot{At: at.Add(10 * time.Second)})
	}
	return cfg, waiting
}

// blogOver is a blog over a record of a replay, about what followed an event.
func blogOver(t testing.TB, s *store.Store, after int64) *blogsink.Sink {
	t.Helper()
	view, at, err := s.Present(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := &replayed{history: history{&Agent{store: s}}, view: view, at: at, after: after}
	sink, err := blogsink.New(blogsink.Config{Name: "series", Dir: filepath.Join(t.TempDir(), "blog")}, blogsink.Options{
		Log: slog.New(slog.DiscardHandler), History: h, Aliases: aliases{s}, Key: []byte("the key of a test and of no home"), PrivateDir: t.TempDir(),
		Registry: func(context.Context) (map[string][]string, error) { return map[string][]string{}, nil },
		Pick:     func(int) int { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// TestFiguresAreTheirQueries asks the record by the queries that a post's figures name, over records of chance: what the
// post says is what they answer.
func TestFiguresAreTheirQueries(t *testing.T) {
	contradictions, missed, down := 0.0, 0.0, 0.0
	for seed := range uint64(2) {
		s, dir := labOfChance(t, seed, 360)
		last, err := s.LastSeq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "quorate.db")+"?mode=ro")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }() // it only read
		for _, after := range []int64{0, last / 2} {
			out, err := blogOver(t, s, after).Context(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			var told struct {
				Figures []struct {
					ID, Unit, Query string
					Value           float64
				}
			}
			if err := json.Unmarshal(out, &told); err != nil {
				t.Fatal(err)
			}
			for _, f := range told.Figures {
				var got sql.NullFloat64
				if err := db.QueryRowContext(t.Context(), f.Query).Scan(&got); err != nil {
					t.Fatalf("%s: %v\n%s", f.ID, err, f.Query)
				}
				slack := 0.0
				if f.Unit == "percent" {
					slack = 0.011
				}
				if !got.Valid || math.Abs(got.Float64-f.Value) > slack {
					t.Errorf("seed %d after %d: %s is %v in the post, and the query gives %v\n%s", seed, after, f.ID, f.Value, got, f.Query)
				}
				switch f.Unit {
				case "contradictions":
					contradictions += f.Value
				case "outages":
					missed += f.Value
				}
				if f.ID == "availability.all.down" {
					down += f.Value
				}
			}
		}
	}
	if contradictions == 0 || missed == 0 || down == 0 {
		t.Errorf("%v contradictions, %v outages missed, %v down: the records do not test enough", contradictions, missed, down)
	}
}
