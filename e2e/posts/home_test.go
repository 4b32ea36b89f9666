package posts

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// home is an agent without its processes: the pipeline, the store and the blog sink of the real one, fed by snapshots.
type home struct {
	blog, private, notes string

	store *store.Store
	cfg   pipeline.Config
	view  *pipeline.View
	sink  *blogsink.Sink
	// kinds are the plugins behind the sources.
	kinds map[string]string
	// registry is what the agent would know to be private.
	registry map[string][]string
	// simulated says that posts are to say so.
	simulated bool
	// setup is the configuration in force.
	setup blogsink.Setup
	// milestone is the open one.
	milestone blogsink.Milestone
	desk      desk
	shown     []*blogsink.Prepared
	// told are the events of the sink's own.
	told []device.Event
}

func newHome(t testing.TB, cfg pipeline.Config) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{
		blog: filepath.Join(dir, "blog"), private: filepath.Join(dir, "private"), notes: filepath.Join(dir, "notes"), cfg: cfg,
		kinds: map[string]string{}, registry: map[string][]string{},
	}
	salt := ""
	var err error
	h.store, err = store.Open(t.Context(), filepath.Join(dir, "data"), store.Options{Salt: &salt, Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() }) // what it held is in a folder of this test's
	return h
}

// play takes snapshots through the pipeline into the store.
func (h *home) play(t testing.TB, next func() (device.Snapshot, error)) {
	t.Helper()
	view, err := pipeline.Replay(t.Context(), h.cfg, h.store, next, nil)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	h.view = view
}

// open makes the blog sink.
func (h *home) open(t testing.TB, cfg blogsink.Config, version string) {
	t.Helper()
	cfg.Dir, cfg.Notes = h.blog, h.notes
	var err error
	h.sink, err = blogsink.New(cfg, blogsink.Options{
		Clock: h.view.LastInstant, History: &history{home: h}, Aliases: aliases{h.store}, Key: []byte("the key of a test and of no home"),
		Registry: func(context.Context) (map[string][]string, error) { return h.registry, nil },
		Desk:     &h.desk, PrivateDir: h.private, Version: version, Simulated: h.simulated, Pick: func(int) int { return 0 },
		Emit: func(_ context.Context, e device.Event) error { h.told = append(h.told, e); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// left returns every file that is outside of the private folder, by its path: whatever a site builder would take. The
// path of each is part of it.
func (h *home) left(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(h.blog, func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) && path == h.blog {
			return filepath.SkipAll
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(h.blog, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		files[rel] = append([]byte(rel+"\n"), b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// history is what posts are written from, as the agent gives it. What it does not implement is not asked for.
type history struct {
	blogsink.History
	home *home
}

func (h *history) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	return h.home.store.Events(ctx, after, limit)
}

func (h *history) at() time.Time { return h.home.view.LastInstant() }

func (h *history) Devices(context.Context) ([]device.Current, error) {
	return h.home.view.Devices(h.at()), nil
}

func (h *history) Sources(context.Context) ([]device.SourceStatus, error) {
	sources := h.home.view.Sources(h.at())
	for i := range sources {
		s := &sources[i]
		s.Type, s.Domain = h.home.kinds[s.Name], h.home.cfg.Consensus.Sources[s.Name].FaultDomain
	}
	return sources, nil
}

func (h *history) Scores(context.Context) (device.Scoreboard, error) {
	return h.home.view.Scores(), nil
}

func (h *history) Setup(context.Context) (blogsink.Setup, error) { return h.home.setup, nil }

func (h *history) Milestone(context.Context) (blogsink.Milestone, error) {
	return h.home.milestone, nil
}

// Words, Polls and Kept hand on the journal, as the agent does.
func (h *history) Words(ctx context.Context, after int64, limit int) ([]blogsink.Word, error) {
	rows, err := h.home.store.Words(ctx, after, limit)
	out := make([]blogsink.Word, len(rows))
	for i, r := range rows {
		var o device.Observation
		if err := json.Unmarshal(r.Body, &o); err != nil {
			return nil, err
		}
		out[i] = blogsink.Word{ID: r.ID, Source: r.Source, Ref: r.Ref, At: r.RecordedAt, Late: r.Late, Abstain: o.Abstain}
		for _, c := range o.Claims {
			if c.Facet == device.FacetReach && o.Abstain == "" {
				out[i].State, out[i].Interval = c.State, time.Duration(c.Interval)
				break
			}
		}
	}
	return out, err
}

func (h *history) Polls(ctx context.Context, after int64, limit int) ([]blogsink.Poll, error) {
	rows, err := h.home.store.Asked(ctx, after, limit)
	out := make([]blogsink.Poll, len(rows))
	for i, r := range rows {
		out[i] = blogsink.Poll{ID: r.ID, Source: r.Source, At: r.At, Failed: r.Failed, Probe: r.Probe}
		if !r.Started.IsZero() && !r.Ended.IsZero() {
			out[i].Took = r.Ended.Sub(r.Started)
		}
	}
	return out, err
}

func (h *history) Kept(ctx context.Context) (time.Time, error) {
	at, whole, err := h.home.store.Kept(ctx)
	if whole {
		at = time.Time{}
	}
	return at, err
}

// aliases keeps the fictional values in the store, as the agent does.
type aliases struct{ store *store.Store }

func (s aliases) Aliases(ctx context.Context) ([]sanitize.Row, error) {
	stored, err := s.store.Aliases(ctx)
	rows := make([]sanitize.Row, len(stored))
	for i, r := range stored {
		rows[i] = sanitize.Row(r)
	}
	return rows, err
}

func (s aliases) PutAlias(ctx context.Context, r sanitize.Row) error {
	return s.store.PutAlias(ctx, store.Alias(r))
}
