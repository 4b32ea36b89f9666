package blogsink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
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
	// LinkStyle is how posts link to each other: "post_url" (also ""), "baseurl_post_url", "relative" or "none".
	LinkStyle string
	// NoBodyTitle leaves the title to the theme, which shows it from the front matter.
	NoBodyTitle bool
	// TimeZone is what the posts are told in; "" is UTC.
	TimeZone string
	// RoundTimes is what times of day are cut to: "minute", "hour" or "day"; "" is a minute, and seconds in a story of
	// less than ten minutes.
	RoundTimes string
	// Templates is a folder with the owner's own templates; optional. See CheckTemplates.
	Templates string
	// Git commits what is published; optional.
	Git Git
}

// Options is what the agent passes in. History, Registry, Aliases, Key and PrivateDir are required.
type Options struct {
	Log     *slog.Logger
	Clock   func() time.Time // dates the sink's own events; nil means the wall clock
	History History
	// Registry returns all private values that the agent knows, by kind.
	Registry func(ctx context.Context) (map[string][]string, error)
	// Table gives out the aliases. Where it is nil, one is made over Aliases and Key.
	Table   *sanitize.Table
	Aliases sanitize.Store
	// Key is the site key of the aliases; see sanitize.LoadKey.
	Key []byte
	// PrivateDir is outside of the blog and readable by the owner only: private originals, proposals, what was written.
	PrivateDir string
	// Verify checks files against a registry file in a process of its own; see CommandVerify. The check in this
	// process runs in any case.
	Verify VerifyFunc
	// VerifyPost does so for what is to be published; nil means Verify.
	VerifyPost VerifyPostFunc
	// GitLimit is how long one run of git may take; 0 means DefaultGitLimit.
	GitLimit time.Duration
	// VerifyLimit is how long a check in a process of its own may take; 0 means DefaultVerifyLimit.
	VerifyLimit time.Duration
	// Desk is the record of approvals and publications. Without one nothing can be published.
	Desk Desk
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
	pages *pages
	zone  *time.Location

	noting sync.Mutex // one change of the notes at a time

	turn    turn // one draft at a time; guards what follows
	rec     *record
	covered int64  // every event up to this one is in a draft that was tried
	slug    string // of the last draft
	refused string // the kinds of the last refusal, so that it is told once
	// notesSeen is the fingerprint of the notes when FollowNotes looked last, notesDone that of a draft.
	notesSeen, notesDone string
	broken               string // what is wrong with the draft's markers, so that it is told once
}

// New checks the configuration. It does no I/O.
func New(cfg Config, o Options) (*Sink, error) {
	switch {
	case cfg.Dir == "":
		return nil, errors.New("dir is missing: the folder of the blog, with _posts and _drafts")
	case cfg.Flavor != "" && cfg.Flavor != "jekyll":
		return nil, fmt.Errorf("flavor %.40q: only \"jekyll\" is written yet", cfg.Flavor)
	case o.History == nil || o.Registry == nil || o.Aliases == nil && o.Table == nil || o.PrivateDir == "":
		return nil, errors.New("history, registry, aliases and a private folder are needed")
	}
	if err := cfg.Git.Check(); err != nil {
		return nil, fmt.Errorf("git: branch %w", err)
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
	table := o.Table
	if table == nil {
		var err error
		if table, err = sanitize.NewTable(o.Key, o.Aliases, sanitize.TableOptions{Pick: o.Pick}); err != nil {
			return nil, err
		}
	}
	pages, err := loadPages(cfg.Templates)
	if err != nil {
		return nil, err
	}
	zone, err := LoadZone(cfg.TimeZone)
	if err != nil {
		return nil, err
	}
	if _, ok := linkStyles[cfg.LinkStyle]; !ok {
		return nil, fmt.Errorf("link_style %.40q: want post_url, baseurl_post_url, relative or none", cfg.LinkStyle)
	}
	if _, ok := roundings[cfg.RoundTimes]; !ok {
		return nil, fmt.Errorf("round_times %.40q: want minute, hour or day", cfg.RoundTimes)
	}
	return &Sink{turn: newTurn(), zone: zone.at, cfg: cfg, opts: o, log: o.Log.With("sink", cfg.Name), table: table, pages: pages}, nil
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
func (s *Sink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	last := int64(0)
	for _, e := range events {
		if !own(e.Type) {
			last = e.Seq
		}
	}
	if err := s.turn.take(ctx); err != nil {
		return 0, err
	}
	known := last <= s.covered
	s.turn.leave()
	if known {
		return len(events), nil
	}
	wait := time.NewTimer(s.opts.Debounce)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-wait.C:
	}
	_, err := s.Draft(ctx)
	_, refused := errors.AsType[*RefusedError](err)
	if _, broken := errors.AsType[*BrokenError](err); err != nil && !refused && !broken {
		return 0, err
	}
	return len(events), nil
}

// own reports events that a draft causes: they are no reason for another draft.
func own(t device.EventType) bool {
	return strings.HasPrefix(string(t), "milestone.") || strings.HasPrefix(string(t), "publish.")
}

// Draft writes the draft now and returns its path. What a person wrote in it stays; what could not be worked in for that
// lies where Proposal says. A *RefusedError says that the leak check refused it, a *BrokenError that its markers cannot
// be read: the file stays as it was then.
func (s *Sink) Draft(ctx context.Context) (string, error) {
	if err := s.turn.take(ctx); err != nil {
		return "", err
	}
	defer s.turn.leave()
	if err := s.settle(ctx); err != nil {
		return "", err
	}
	const tries = 3 // a person who saves the file in the same moment does so once
	for i := 1; ; i++ {
		path, err := s.draftOnce(ctx)
		if !errors.Is(err, errChanged) || i == tries {
			return path, err
		}
	}
}

func (s *Sink) draftOnce(ctx context.Context) (string, error) {
	doc, err := s.compose(ctx)
	if err != nil {
		return "", fmt.Errorf("compose the draft: %w", err)
	}
	r, err := s.revise(doc)
	if broken, ok := errors.AsType[*BrokenError](err); ok {
		s.covered, s.slug = s.rec.last, r.slug
		s.tellBroken(broken)
		return "", errors.Join(err, s.proposeBeside(ctx, r))
	}
	if err != nil {
		return "", fmt.Errorf("read the draft: %w", err)
	}
	body := r.body()
	if body == nil {
		body = doc.final() // goes beside the person's file
	}
	if err := s.gate(ctx, doc, body); err != nil {
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			s.covered = s.rec.last
			refused.Where = r.where(refused.Findings, body)
			s.tellRefused(ctx, refused)
		}
		return "", err
	}
	fresh, err := s.write(r)
	if err != nil {
		return "", fmt.Errorf("write the draft: %w", err)
	}
	s.covered, s.refused, s.broken, s.slug = s.rec.last, "", "", r.slug
	if fresh {
		s.log.Info("draft written", "seq", s.rec.last)
		text := fmt.Sprintf("a draft of milestone %d is written", doc.number)
		if err := s.emit(ctx, device.Event{Type: device.EventMilestoneDrafted, At: s.opts.Clock(), Text: text}); err != nil {
			return r.path, fmt.Errorf("record the draft: %w", err)
		}
	}
	return r.path, nil
}

// proposeBeside puts the whole new version beside a draft that cannot be read, where the leak check lets it pass.
func (s *Sink) proposeBeside(ctx context.Context, r *revision) error {
	if err := s.gate(ctx, r.doc, r.doc.final()); err != nil {
		return err
	}
	if err := os.MkdirAll(s.opts.PrivateDir, 0o700); err != nil {
		return err
	}
	return s.propose(r)
}

// tellBroken says once where a draft's markers are broken.
func (s *Sink) tellBroken(b *BrokenError) {
	if text := b.Error(); text != s.broken {
		s.broken = text
		s.log.Warn("draft cannot be read", "err", text)
	}
}

// Original returns the path of the private original of the last draft; "" before the first.
func (s *Sink) Original() string {
	_ = s.turn.take(context.Background()) // which never ends
	defer s.turn.leave()
	if s.slug == "" {
		return ""
	}
	return s.privatePath(s.slug)
}

// Proposal returns the path of what could not be worked into the last draft, since a person wrote there; "" where
// everything could.
func (s *Sink) Proposal() string {
	_ = s.turn.take(context.Background()) // which never ends
	defer s.turn.leave()
	if s.slug == "" {
		return ""
	}
	path := s.proposalPath(s.slug)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// tellRefused says a refusal once, until a draft passes or other things are found.
func (s *Sink) tellRefused(ctx context.Context, r *RefusedError) {
	if why := r.kinds(); why != s.refused {
		s.refused = why
		text := r.Error()
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
