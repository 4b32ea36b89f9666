package cli

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// told is the record of a scenario as a blog sees it.
type told struct {
	store *store.Store
	view  *pipeline.View
	cfg   *agent.Config
	at    time.Time
}

func (h *told) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	return h.store.Events(ctx, after, limit)
}
func (h *told) Devices(context.Context) ([]device.Current, error) { return h.view.Devices(h.at), nil }
func (h *told) Scores(context.Context) (device.Scoreboard, error) { return h.view.Scores(), nil }
func (h *told) Milestone(context.Context) (blogsink.Milestone, error) {
	return blogsink.Milestone{}, nil
}
func (h *told) Sources(context.Context) ([]device.SourceStatus, error) {
	all := h.view.Sources(h.at)
	for i := range all {
		if c, ok := h.cfg.Source(all[i].Name); ok {
			all[i].Type = c.Type
		}
	}
	return all, nil
}

func (h *told) Setup(context.Context) (blogsink.Setup, error) { return blogsink.Setup{}, nil }

func (h *told) Words(ctx context.Context, after int64, limit int) ([]blogsink.Word, error) {
	rows, err := h.store.Words(ctx, after, limit)
	out := make([]blogsink.Word, len(rows))
	for i, r := range rows {
		var said device.Observation
		if err := json.Unmarshal(r.Body, &said); err != nil {
			return nil, err
		}
		out[i] = blogsink.Word{ID: r.ID, Source: r.Source, Ref: r.Ref, At: r.RecordedAt, Late: r.Late, Abstain: said.Abstain}
		for _, c := range said.Claims {
			if c.Facet == device.FacetReach && said.Abstain == "" {
				out[i].State, out[i].Interval = c.State, time.Duration(c.Interval)
				break
			}
		}
	}
	return out, err
}

func (h *told) Polls(ctx context.Context, after int64, limit int) ([]blogsink.Poll, error) {
	rows, err := h.store.Asked(ctx, after, limit)
	out := make([]blogsink.Poll, len(rows))
	for i, r := range rows {
		out[i] = blogsink.Poll{ID: r.ID, Source: r.Source, At: r.At, Failed: r.Failed, Probe: r.Probe}
		if !r.Started.IsZero() && !r.Ended.IsZero() {
			out[i].Took = r.Ended.Sub(r.Started)
		}
	}
	return out, err
}

func (h *told) Kept(context.Context) (time.Time, error) { return time.Time{}, nil }

type noAliases struct{}

func (noAliases) Aliases(context.Context) ([]sanitize.Row, error) { return nil, nil }
func (noAliases) PutAlias(context.Context, sanitize.Row) error    { return nil }

// replayed plays a scenario into a record in dir.
func replayed(t *testing.T, folder, dir string) *told {
	t.Helper()
	cfg, err := agent.Load([]string{filepath.Join(folder, "quorate.hcl")}, agent.LoadOptions{TrustModes: true, Lookup: func(string) (string, bool) { return "", true }})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(folder, "scenario.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	salt := ""
	st, err := store.Open(t.Context(), dir, store.Options{Salt: &salt, Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	lines := &scenario{in: bufio.NewReaderSize(f, 1<<16), cfg: cfg, rejected: io.Discard}
	plan := cfg.MaintenancePlan()
	settings := pipeline.Config{Identity: cfg.IdentityConfig(""), Consensus: cfg.ConsensusConfig(nil), Plan: plan.Due, PlanNames: plan.Names()}
	view, err := pipeline.Replay(t.Context(), settings, st, lines.next, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &told{st, view, cfg, lines.last}
}

// contextLines is what tests read of the context.
type contextLines struct {
	Figures []struct {
		ID, Unit, Period, Query string
		Value                   float64
		Shown                   []string
	}
}

// TestEveryFigureOfAPostIsInTheRecord plays all scenarios, writes a post about each, asks the record with the query of every
// figure, and looks for numbers in the post that are none of the figures.
func TestEveryFigureOfAPostIsInTheRecord(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "..", "e2e", "testdata", "replay", "*"))
	if err != nil || len(folders) < 100 {
		t.Fatalf("%d scenarios, %v", len(folders), err)
	}
	told := 0
	for _, folder := range folders {
		want, err := os.ReadFile(filepath.Join(folder, "want.txt"))
		if err != nil {
			t.Fatal(err)
		}
		// Those with much to tell, and of them every third: the others hold nothing that these do not.
		if !regexp.MustCompile(`incident\.|source\.(?:blind|suspect)|dispute\.`).Match(want) {
			continue
		}
		if told++; told%3 != 1 && os.Getenv("QUORATE_SOAK") == "" {
			continue
		}
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := replayed(t, folder, dir)
			blog := filepath.Join(t.TempDir(), "blog")
			s, err := blogsink.New(blogsink.Config{Name: "series", Dir: blog}, blogsink.Options{
				History: h, Aliases: noAliases{}, Key: []byte("the key of a test and of no home"), PrivateDir: filepath.Join(t.TempDir(), "private"),
				Registry: func(context.Context) (map[string][]string, error) { return nil, nil }, Version: "0.1.0", Pick: func(int) int { return 0 },
			})
			if err != nil {
				t.Fatal(err)
			}
			path, err := s.Draft(t.Context())
			if errors.Is(err, blogsink.ErrNothing) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			post, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.Context(t.Context(), 0)
			if err != nil {
				t.Fatalf("%v\n%s", err, post)
			}
			var c contextLines
			if err := json.Unmarshal(b, &c); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "quorate.db")+"?mode=ro")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }() // it was only read
			for _, f := range c.Figures {
				var got sql.NullFloat64
				if err := db.QueryRowContext(t.Context(), f.Query).Scan(&got); err != nil {
					t.Errorf("%s: %v\n%s", f.ID, err, f.Query)
					continue
				}
				if !got.Valid || math.Abs(got.Float64-f.Value) > 1e-6 {
					t.Errorf("%s: the post says %v %s, the record %v\n%s", f.ID, f.Value, f.Unit, got, f.Query)
				}
			}
			if left := strangeNumbers(string(post), c); len(left) > 0 {
				t.Errorf("numbers that are no figures: %q in\n%s", left, post)
			}
			if twice := saidTwice(string(post)); twice != "" {
				t.Errorf("%q stands twice in\n%s", twice, post)
			}
		})
	}
}

var (
	comments    = regexp.MustCompile(`(?m)^<!-- quorate:.*-->$`)
	notFigures  = regexp.MustCompile(`(?im)\b[a-z]+(?:-[a-z]+)*-\d+\b|sha256 [0-9a-f]+|Quorate \d+\.\d+\.\d+|[Mm]ilestone \d+|^#+ \d+\.|two monitors|one monitor|by one alone|95 of 100 at most|more than one|!\[[^\]]*\]\([^)]*\)`)
	numberWords = regexp.MustCompile(`(?i)\b(?:\d[\d,.:]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twice)\b`)
)

// strangeNumbers returns the numbers of a post that no figure shows.
func strangeNumbers(post string, c contextLines) []string {
	_, body, _ := strings.Cut(post[4:], "\n---\n")
	body = notFigures.ReplaceAllString(comments.ReplaceAllString(body, ""), "")
	var shown []string
	for _, f := range c.Figures {
		for _, s := range f.Shown {
			end := `\b`
			if strings.HasSuffix(s, "%") {
				end = ""
			}
			shown = append(shown, regexp.QuoteMeta(s)+end)
		}
	}
	// The longest first: "3 hours 20 minutes" before "3 hours".
	slices.SortFunc(shown, func(a, b string) int { return len(b) - len(a) })
	body = regexp.MustCompile(`(?i)\b(?:`+strings.Join(shown, "|")+`)`).ReplaceAllString(body, "")
	return numberWords.FindAllString(body, -1)
}

var sentenceEnd = regexp.MustCompile(`[.!?:]\s+|\n\n|\n- |\n\d+\. `)

// saidTwice returns a sentence of four words or more that a post holds twice.
func saidTwice(post string) string {
	_, body, _ := strings.Cut(post[4:], "\n---\n")
	known := map[string]bool{}
	for _, s := range sentenceEnd.Split(comments.ReplaceAllString(body, ""), -1) {
		s = strings.TrimSpace(s)
		if len(strings.Fields(s)) < 4 || strings.HasPrefix(s, "|") {
			continue
		}
		if known[s] {
			return s
		}
		known[s] = true
	}
	return ""
}
