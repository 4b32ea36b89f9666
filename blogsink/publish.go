package blogsink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/crashpoint"
)

// Outcome is what came of an order to publish.
type Outcome struct {
	Publication
	// Already says that there was nothing to do: the last post was published before. Since names those of its files that
	// somebody changed, or took away, from then on.
	Already bool     `json:"already,omitempty"`
	Since   []string `json:"since,omitempty"`
	// Commit is the commit that holds the post, where the sink has a branch for posts; Uncommitted says why there is none
	// yet. The post is published all the same, and the next order to publish tries again.
	Commit      string `json:"commit,omitempty"`
	Uncommitted string `json:"uncommitted,omitempty"`
}

// intent is a publication on its way, kept in the private folder from before its first file until its draft is away. Once
// the post is in its place the rest is done whatever happens: by this call, or by the next one after a crash.
type intent struct {
	Publication
	Draft     string `json:"draft"` // the draft's path
	DraftSlug string `json:"draft_slug"`
	AssetSlug string `json:"asset_slug"`
	Private   []byte `json:"private"` // the original with the real names
	// Context is what `quorate post context` gives of the post.
	Context []byte `json:"context,omitempty"`
}

func (s *Sink) intentPath() string {
	return filepath.Join(s.opts.PrivateDir, s.ownName()+".publishing.json")
}

func (s *Sink) place(name string) string { return filepath.Join(s.cfg.Dir, filepath.FromSlash(name)) }

// Publish puts the approved post into the blog: exactly the bytes that a person approved, after the leak check has read
// them once more with what is known now. It may be called again at any time: what is published stays as it is.
func (s *Sink) Publish(ctx context.Context) (*Outcome, error) {
	if err := s.turn.take(ctx); err != nil {
		return nil, err
	}
	defer s.turn.leave()
	if s.opts.Desk == nil {
		return nil, errNoDesk
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	a, ok, err := s.opts.Desk.Approval(ctx, s.cfg.Name)
	if err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	var out *Outcome
	if ok {
		out, err = s.publish(ctx, a)
	} else {
		out, err = s.published(ctx)
	}
	if err != nil {
		return nil, err
	}
	s.commit(ctx, out)
	return out, nil
}

// published answers an order with nothing to publish: the last publication, and what became of its files.
func (s *Sink) published(ctx context.Context) (*Outcome, error) {
	all, err := s.opts.Desk.Published(ctx, s.cfg.Name)
	if err != nil {
		return nil, fmt.Errorf("publications: %w", err)
	}
	if len(all) == 0 {
		return nil, &DeclinedError{"nothing is approved: look at the post with \"quorate post preview\", then approve it with \"quorate post approve\""}
	}
	last := slices.MaxFunc(all, func(a, b Publication) int { return a.At.Compare(b.At) })
	out := &Outcome{Publication: last, Already: true}
	for _, f := range last.Files {
		b, err := os.ReadFile(s.place(f.Name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || digest(b) != f.SHA256 {
			out.Since = append(out.Since, f.Name)
		}
	}
	return out, nil
}

// publish does it, from the approval to the draft that is away.
func (s *Sink) publish(ctx context.Context, a Approval) (*Outcome, error) {
	c, err := s.approved(ctx, a)
	if err != nil {
		return nil, err
	}
	now := s.opts.Clock()
	if c.date.After(now) {
		return nil, &DeclinedError{fmt.Sprintf("the post is dated %s, and it is only %s: publish it then, or change the date and approve it again", c.Date, now.UTC().Format("2006-01-02 15:04 MST"))}
	}
	if err := s.free(ctx, c); err != nil {
		return nil, err
	}
	if err := s.checkFinal(ctx, c.doc.registry, a.Allowed, c.flat()); err != nil {
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			s.tellRefused(ctx, refused)
		}
		return nil, err
	}
	p := Publication{
		Blog: c.Blog, File: c.File, Slug: c.Slug, Milestone: c.Milestone, At: now.UTC(), Covers: c.Covers, Files: c.Files, Replaced: a.Replaced,
	}
	b, err := json.Marshal(intent{p, c.draft.path, c.draft.slug, c.doc.slug, c.doc.private, c.doc.context})
	if err == nil {
		err = replace(s.intentPath(), b, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("note what is to be published: %w", err)
	}
	crashpoint.Here(crashpoint.PublishNoted)
	if err := s.put(c); err != nil {
		return nil, fmt.Errorf("publish %s: %w", c.File, err)
	}
	if err := s.settle(ctx); err != nil {
		return nil, fmt.Errorf("%s is published, and what follows is not done; publish again to finish it: %w", c.File, err)
	}
	return &Outcome{Publication: p}, nil
}

// approved returns the bytes that a person approved. Whatever would be published otherwise now voids the approval.
func (s *Sink) approved(ctx context.Context, a Approval) (*candidate, error) {
	void := func(what ...string) error {
		err := &VoidedError{what}
		s.log.Warn("approval is void", "err", err)
		return errors.Join(err, s.opts.Desk.DropApproval(ctx, a.Blog, a.Slug))
	}
	held, err := kept(s.approvedDir())
	switch {
	case err != nil:
		return nil, void(fmt.Sprintf("the approved bytes cannot be read (%v)", err))
	case held == nil || held.SHA256 != a.SHA256:
		return nil, void("the approved bytes are gone from the private folder")
	}
	c, err := s.build(ctx, held.Covers, held.At, a.Allowed)
	if err != nil {
		return nil, err
	}
	if c.SHA256 != a.SHA256 {
		return nil, void(changed(held.Parts, c.Parts)...)
	}
	return c, nil
}

// free makes sure that nothing of somebody else stands where the files go.
func (s *Sink) free(ctx context.Context, c *candidate) error {
	all, err := s.opts.Desk.Published(ctx, s.cfg.Name)
	if err != nil {
		return fmt.Errorf("publications: %w", err)
	}
	stem := strings.TrimSuffix(filepath.Base(c.File), ".md")
	entries, err := os.ReadDir(s.place("_posts"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())) != stem {
			continue
		}
		b, err := os.ReadFile(s.place("_posts/" + e.Name()))
		if err != nil {
			return err
		}
		if e.Name() != filepath.Base(c.File) || !bytes.Equal(b, c.bodies[0].body) {
			return &DeclinedError{fmt.Sprintf("_posts/%s is another post with the same name and day: rename it, or give this one another title or date and approve it again", e.Name())}
		}
	}
	for _, p := range all {
		for _, f := range p.Files[1:] {
			if p.File != c.File && slices.ContainsFunc(c.Files, func(x FileSum) bool { return x.Name == f.Name && x.SHA256 != f.SHA256 }) {
				return &DeclinedError{fmt.Sprintf("%s belongs to %s: give this post another title and approve it again", f.Name, p.File)}
			}
		}
	}
	return nil
}

// put writes the files, the post last: it is what makes the others public. Where the post does not
// come into its place, what was written is away again.
func (s *Sink) put(c *candidate) error {
	var wrote []string
	err := func() error {
		for _, f := range c.bodies[1:] {
			path := s.place(f.name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := replace(path, f.body, 0o644); err != nil {
				return err
			}
			wrote = append(wrote, path)
		}
		crashpoint.Here(crashpoint.PublishAssets)
		path := s.place(c.File)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		sweep(filepath.Dir(path))
		return replaceAt(path, c.bodies[0].body, 0o644, func() { crashpoint.Here(crashpoint.PublishWritten) })
	}()
	if err == nil {
		crashpoint.Here(crashpoint.PublishRenamed)
		return nil
	}
	if now, missing := os.ReadFile(s.place(c.File)); missing == nil && bytes.Equal(now, c.bodies[0].body) {
		return err // it is in its place, and the folder was not forced to the disk: the next order finishes it
	}
	for _, path := range wrote {
		_ = os.Remove(path) // they are harmless, and the next order to publish writes them again
	}
	if len(wrote) > 0 {
		_ = os.Remove(filepath.Dir(wrote[0]))
	}
	return err
}

// sweep takes away what a crash left behind on its way into a folder.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, tempPrefix+"*")) // the pattern is a good one
	for _, path := range left {
		_ = os.Remove(path) // a leftover is in nobody's way
	}
}

// settle finishes a publication whose post is in its place. One whose post is not never happened.
func (s *Sink) settle(ctx context.Context) error {
	b, err := os.ReadFile(s.intentPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var p intent
	if err := json.Unmarshal(b, &p); err != nil || len(p.Files) == 0 {
		return fmt.Errorf("%s cannot be read: remove it, and see whether a post in _posts lacks its row in \"quorate post list\"", s.intentPath())
	}
	post, err := os.ReadFile(s.place(p.File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || digest(post) != p.Files[0].SHA256 {
		return os.Remove(s.intentPath())
	}
	if err := s.opts.Desk.PutPublished(ctx, p.Publication); err != nil {
		return fmt.Errorf("record the publication: %w", err)
	}
	crashpoint.Here(crashpoint.PublishRecorded)
	if err := s.tellPublished(ctx, &p.Publication); err != nil {
		return fmt.Errorf("tell of the publication: %w", err)
	}
	crashpoint.Here(crashpoint.PublishTold)
	if err := s.clear(&p); err != nil {
		return fmt.Errorf("move the draft away: %w", err)
	}
	crashpoint.Here(crashpoint.PublishCleared)
	s.rec, s.slug, s.covered = nil, "", 0
	s.log.Info("post published", "seq", p.Covers)
	return errors.Join(s.owe(p.Publication), os.Remove(s.intentPath()))
}

// tellPublished records the event, once: where it is on record already, a crash came after it.
func (s *Sink) tellPublished(ctx context.Context, p *Publication) error {
	text := fmt.Sprintf("milestone %d is published: %s", p.Milestone, strings.TrimPrefix(p.File, "_posts/"))
	for after := p.Covers; ; {
		events, err := s.opts.History.Events(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Type == device.EventMilestonePublished && e.Text == text {
				return nil
			}
			after = e.Seq
		}
		if len(events) == 0 {
			break
		}
	}
	return s.emit(ctx, device.Event{Type: device.EventMilestonePublished, At: p.At, To: strconv.Itoa(p.Milestone), Text: text})
}

// clear moves the draft into the private folder, with what belongs to it.
func (s *Sink) clear(p *intent) error {
	stem := filepath.Join(s.opts.PrivateDir, strings.TrimSuffix(filepath.Base(p.File), ".md"))
	if err := replace(stem+".private.md", p.Private, 0o600); err != nil {
		return err
	}
	if err := replace(s.contextPath(p.File), p.Context, 0o600); err != nil {
		return err
	}
	draft, err := os.ReadFile(p.Draft)
	if err == nil {
		err = replace(stem+".draft.md", draft, 0o600)
		if err == nil {
			err = os.Remove(p.Draft)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for _, path := range []string{
		s.privatePath(p.DraftSlug), s.proposalPath(p.DraftSlug), filepath.Join(s.opts.PrivateDir, "charts", p.AssetSlug), s.statePath(), s.approvedDir(), s.preparedDir(),
	} {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}
