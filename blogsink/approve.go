package blogsink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// DeclinedError says why something is not done, and what to do.
type DeclinedError struct{ Why string }

func (e *DeclinedError) Error() string { return e.Why }

// VoidedError says that what was shown, or approved, is no longer what would be published.
type VoidedError struct{ Changed []string }

func (e *VoidedError) Error() string {
	return "the post changed since it was shown: " + strings.Join(e.Changed, ", ") + "; look at it again with: quorate post approve"
}

var errNoDesk = errors.New("there is no record of approvals: posts cannot be published")

func (s *Sink) preparedDir() string {
	return filepath.Join(s.opts.PrivateDir, s.ownName()+".prepared")
}

func (s *Sink) approvedDir() string {
	return filepath.Join(s.opts.PrivateDir, s.ownName()+".approved")
}

// Prepare makes the bytes that would be published, and keeps them in the private folder for Approve. Allowed are tokens
// that look like identifiers and may pass.
func (s *Sink) Prepare(ctx context.Context, allowed []string) (*Prepared, error) {
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
	c, err := s.examine(ctx, 0, s.opts.Clock().UTC().Truncate(time.Second), allowed)
	if err != nil {
		return nil, err
	}
	if err := c.keep(s.preparedDir()); err != nil {
		return nil, fmt.Errorf("keep the prepared post: %w", err)
	}
	return &c.Prepared, nil
}

// examine builds the post and has the leak check read it.
func (s *Sink) examine(ctx context.Context, last int64, at time.Time, allowed []string) (*candidate, error) {
	c, err := s.build(ctx, last, at, allowed)
	if err != nil {
		return nil, err
	}
	if err := s.lint(c); err != nil {
		return nil, err
	}
	err = s.checkFinal(ctx, c.doc.registry, allowed, c.flat())
	refused, ok := errors.AsType[*RefusedError](err)
	if err != nil && (!ok || refused.Cause != nil) {
		return nil, err
	}
	if ok {
		c.Findings = c.places(refused.Findings)
	}
	return c, nil
}

// flat are the files by their base names, as the leak check reads them.
func (c *candidate) flat() []file {
	var out []file
	for _, f := range c.bodies {
		out = append(out, file{filepath.Base(f.name), f.body})
	}
	return out
}

// keep writes what was prepared to a folder of its own, in the place of what was there.
func (c *candidate) keep(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for i, f := range c.bodies {
		if err := replace(filepath.Join(dir, fmt.Sprintf("%d", i)), f.body, 0o600); err != nil {
			return err
		}
	}
	b, err := json.Marshal(&c.Prepared)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, "prepared.json"), b, 0o600)
}

// kept reads what a folder holds, bytes included; nil where it holds nothing. Bytes that are not those that were kept are
// an error.
func kept(dir string) (*candidate, error) {
	b, err := os.ReadFile(filepath.Join(dir, "prepared.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &candidate{}
	if err := json.Unmarshal(b, &c.Prepared); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	for i, f := range c.Files {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d", i)))
		if err != nil {
			return nil, err
		}
		if digest(b) != f.SHA256 {
			return nil, fmt.Errorf("%s: the bytes of %s are not those that were prepared", dir, f.Name)
		}
		c.bodies = append(c.bodies, file{f.Name, b})
	}
	if manifest(c.Files) != c.SHA256 {
		return nil, fmt.Errorf("%s: the list of files is not the one that was prepared", dir)
	}
	return c, nil
}

// shortestSum is how much of a hash a person must give: 32 bits name one post among those of a life.
const shortestSum = 8

// Approve records a person's decision on what was prepared last. Sum is its hash, or the beginning of it; by is the
// person. What changed since it was prepared is a *VoidedError, what the leak check finds a *RefusedError.
func (s *Sink) Approve(ctx context.Context, sum, by string) (*Prepared, error) {
	if err := s.turn.take(ctx); err != nil {
		return nil, err
	}
	defer s.turn.leave()
	if s.opts.Desk == nil {
		return nil, errNoDesk
	}
	sum = strings.ToLower(strings.TrimSpace(sum))
	if len(sum) < shortestSum {
		return nil, &DeclinedError{fmt.Sprintf("%q is too short for a sum: give at least its first %d signs", sum, shortestSum)}
	}
	shown, err := kept(s.preparedDir())
	if err != nil {
		return nil, fmt.Errorf("read what was prepared: %w", err)
	}
	if shown == nil || !strings.HasPrefix(shown.SHA256, sum) {
		return nil, &DeclinedError{"no post with that sum is prepared: see with \"quorate post approve\" what there is to approve now"}
	}
	c, err := s.examine(ctx, shown.Covers, shown.At, shown.Allowed)
	if err != nil {
		return nil, err
	}
	if c.SHA256 != shown.SHA256 {
		return nil, &VoidedError{changed(shown.Parts, c.Parts)}
	}
	if len(c.Findings) > 0 {
		return nil, s.refusedWith(ctx, c)
	}
	for _, f := range c.Lint {
		if f.Weight == WeightError {
			return nil, &DeclinedError{fmt.Sprintf("line %d of the post: %s (%s)", f.Line, f.Text, f.Rule)}
		}
	}
	if err := c.keep(s.approvedDir()); err != nil {
		return nil, fmt.Errorf("keep the approved post: %w", err)
	}
	a := Approval{
		Blog: c.Blog, Slug: c.Slug, Milestone: c.Milestone, SHA256: c.SHA256, At: s.opts.Clock().UTC(), By: by, Covers: c.Covers,
		Allowed: c.Allowed, Replaced: c.byKind(),
	}
	if err := s.opts.Desk.PutApproval(ctx, a); err != nil {
		return nil, err
	}
	s.log.Info("post approved", "seq", c.Covers)
	return &c.Prepared, os.RemoveAll(s.preparedDir())
}

// refusedWith tells of findings in a post that was to be published, and returns them as an error.
func (s *Sink) refusedWith(ctx context.Context, c *candidate) error {
	r := &RefusedError{}
	for _, p := range c.Findings {
		r.Findings = append(r.Findings, p.Finding)
	}
	s.tellRefused(ctx, r)
	return r
}

// byKind counts the replaced values of each kind.
func (c *candidate) byKind() []Replaced {
	var out []Replaced
	for _, r := range c.Replaced {
		i := slices.IndexFunc(out, func(x Replaced) bool { return x.Kind == r.Kind })
		if i < 0 {
			i, out = len(out), append(out, Replaced{Kind: r.Kind})
		}
		out[i].Count++
	}
	return out
}
