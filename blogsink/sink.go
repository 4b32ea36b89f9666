package blogsink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// Config is the body of a sink "blog" block.
type Config struct {
	Name string
	// Dir is the blog: it holds _posts and _drafts.
	Dir string
	// Flavor is the site builder written for; "" means jekyll, and others are not yet known.
	Flavor string
	// Title is what the series is called, and the first word of every title.
	Title      string
	Categories []string
	Tags       []string
	// Phase is the chapter of the series that posts belong to where no note says otherwise; optional.
	Phase string
	// Notes is the folder of the owner's notes; optional.
	Notes string
}

// Options is what the agent passes in. History, Registry, Aliases, Key and PrivateDir are required.
type Options struct {
	Log     *slog.Logger
	Clock   func() time.Time // dates the sink's own events; nil means the wall clock
	History History
	// Registry returns all private values that the agent knows, by kind.
	Registry func(ctx context.Context) (map[string][]string, error)
	Aliases  sanitize.Store
	// Key is the site key of the aliases; see sanitize.LoadKey.
	Key []byte
	// PrivateDir is outside of the blog and readable by the owner only: private originals, proposals, what was written.
	PrivateDir string
	// Verify checks files against a registry file in a process of its own; see CommandVerify. The check in this
	// process runs in any case.
	Verify VerifyFunc
	// Emit records an event of the sink's own. Nil drops it.
	Emit func(ctx context.Context, e device.Event) error
	// Debounce is how long Deliver waits for more events; 0 means DefaultDebounce.
	Debounce time.Duration
	// Version is the program's, for the footer.
	Version string
	// Simulated marks the post as being about a simulated lab.
	Simulated bool
	// Pick chooses aliases; nil is random.
	Pick func(n int) int
}

// DefaultDebounce is how long a sink waits for more events before it writes a draft.
const DefaultDebounce = 5 * time.Second

// Sink keeps one blog's draft.
type Sink struct {
	cfg   Config
	opts  Options
	log   *slog.Logger
	table *sanitize.Table

	mu      sync.Mutex // one draft at a time; guards what follows
	rec     *record
	covered int64  // every event up to this one is in a draft that was tried
	slug    string // of the last draft
	refused string // the findings of the last refusal, so that it is told once
}

// New checks the configuration. It does no I/O.
func New(cfg Config, o Options) (*Sink, error) {
	switch {
	case cfg.Dir == "":
		return nil, errors.New("dir is missing: the folder of the blog, with _posts and _drafts")
	case cfg.Flavor != "" && cfg.Flavor != "jekyll":
		return nil, fmt.Errorf("flavor %.40q: only \"jekyll\" is written yet", cfg.Flavor)
	case o.History == nil || o.Registry == nil || o.Aliases == nil || o.PrivateDir == "":
		return nil, errors.New("history, registry, aliases and a private folder are needed")
	}
	if inside(o.PrivateDir, cfg.Dir) {
		return nil, errors.New("the private folder is inside the blog")
	}
	if cfg.Title == "" {
		cfg.Title = "Homelab"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Debounce == 0 {
		o.Debounce = DefaultDebounce
	}
	table, err := sanitize.NewTable(o.Key, o.Aliases, sanitize.TableOptions{Pick: o.Pick})
	if err != nil {
		return nil, err
	}
	return &Sink{cfg: cfg, opts: o, log: o.Log.With("sink", cfg.Name), table: table}, nil
}

func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Name returns the sink's name.
func (s *Sink) Name() string { return s.cfg.Name }

// Deliver brings the draft up to date with the events. It waits for the debounce first, so that a burst is one draft,
// and returns at once for events that an earlier draft covers. A refused draft is no error: to try again would change
// nothing, the next event will.
func (s *Sink) Deliver(ctx context.Context, events []device.Event) error {
	last := int64(0)
	for _, e := range events {
		if !own(e.Type) {
			last = e.Seq
		}
	}
	s.mu.Lock()
	known := last <= s.covered
	s.mu.Unlock()
	if known {
		return nil
	}
	wait := time.NewTimer(s.opts.Debounce)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
	}
	_, err := s.Draft(ctx)
	if _, refused := errors.AsType[*RefusedError](err); refused {
		return nil
	}
	return err
}

// own reports events that a draft causes: they are no reason for another draft.
func own(t device.EventType) bool {
	return strings.HasPrefix(string(t), "milestone.") || strings.HasPrefix(string(t), "publish.")
}

// Draft writes the draft now and returns its path. A *RefusedError says that the leak check refused it.
func (s *Sink) Draft(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	post, err := s.compose(ctx)
	if err != nil {
		return "", fmt.Errorf("compose the draft: %w", err)
	}
	if err := s.gate(ctx, post); err != nil {
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			s.covered = s.rec.last
			s.tellRefused(ctx, refused)
		}
		return "", err
	}
	path, fresh, err := s.write(post)
	if err != nil {
		return "", fmt.Errorf("write the draft: %w", err)
	}
	s.covered, s.refused, s.slug = s.rec.last, "", post.slug
	if fresh {
		s.log.Info("draft written", "seq", s.rec.last)
		text := fmt.Sprintf("a draft of milestone %d is written", post.number)
		if err := s.emit(ctx, device.Event{Type: device.EventMilestoneDrafted, At: s.opts.Clock(), Text: text}); err != nil {
			return path, fmt.Errorf("record the draft: %w", err)
		}
	}
	return path, nil
}

// Original returns the path of the private original of the last draft; "" before the first.
func (s *Sink) Original() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slug == "" {
		return ""
	}
	return s.privatePath(s.slug)
}

// tellRefused says a refusal once, until a draft passes or other things are found.
func (s *Sink) tellRefused(ctx context.Context, r *RefusedError) {
	if text := r.Error(); text != s.refused {
		s.refused = text
		s.log.Error("draft refused", "err", text)
		if err := s.emit(ctx, device.Event{Type: device.EventPublishRefused, At: s.opts.Clock(), Text: text}); err != nil {
			s.log.Warn("refusal not recorded", "err", err)
		}
	}
}

func (s *Sink) emit(ctx context.Context, e device.Event) error {
	if s.opts.Emit == nil {
		return nil
	}
	e.Source = ""
	return s.opts.Emit(ctx, e)
}
