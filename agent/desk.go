package agent

import (
	"context"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/store"
)

// desk keeps in the record what people decided about posts.
type desk struct{ store *store.Store }

func (d desk) Approval(ctx context.Context, blog string) (blogsink.Approval, bool, error) {
	all, err := d.store.Approvals(ctx)
	var newest blogsink.Approval
	found := false
	for _, a := range all {
		if a.Blog != blog || found && a.At.Before(newest.At) {
			continue
		}
		found = true
		newest = blogsink.Approval{
			Blog: a.Blog, Slug: a.Slug, Milestone: a.Milestone, SHA256: a.SHA256, At: a.At, By: a.By, Covers: a.Covers, Allowed: a.Allowed,
		}
		for _, r := range a.Replaced {
			newest.Replaced = append(newest.Replaced, blogsink.Replaced(r))
		}
	}
	return newest, found, err
}

// PutApproval stores the approval; an earlier one of the same blog is over.
func (d desk) PutApproval(ctx context.Context, a blogsink.Approval) error {
	all, err := d.store.Approvals(ctx)
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Blog == a.Blog && old.Slug != a.Slug {
			if err := d.store.DropApproval(ctx, old.Blog, old.Slug); err != nil {
				return err
			}
		}
	}
	return d.store.PutApproval(ctx, store.Approval{
		Blog: a.Blog, Slug: a.Slug, Milestone: a.Milestone, SHA256: a.SHA256, At: a.At, By: a.By, Covers: a.Covers, Allowed: a.Allowed,
		Replaced: storedKinds(a.Replaced),
	})
}

func (d desk) DropApproval(ctx context.Context, blog, slug string) error {
	return d.store.DropApproval(ctx, blog, slug)
}

func (d desk) Published(ctx context.Context, blog string) ([]blogsink.Publication, error) {
	all, err := d.store.Published(ctx)
	var out []blogsink.Publication
	for _, p := range all {
		if p.Blog != blog {
			continue
		}
		x := blogsink.Publication{Blog: p.Blog, File: p.File, Slug: p.Slug, Milestone: p.Milestone, At: p.At, Covers: p.Covers}
		for _, f := range p.Files {
			x.Files = append(x.Files, blogsink.FileSum(f))
		}
		for _, r := range p.Replaced {
			x.Replaced = append(x.Replaced, blogsink.Replaced(r))
		}
		out = append(out, x)
	}
	return out, err
}

// PutPublished records the publication and ends the milestone at the last event that its bytes cover. The same again
// changes nothing.
func (d desk) PutPublished(ctx context.Context, p blogsink.Publication) error {
	all, err := d.store.Milestones(ctx)
	if err != nil {
		return err
	}
	m := stillOpen(all)
	if m.Number != p.Milestone { // a post of a milestone that nobody opened by that number
		m = store.Milestone{After: m.After}
	}
	m.Number, m.Ended, m.PublishedAt = p.Milestone, p.Covers, p.At
	if m.OpenedAt.IsZero() {
		m.OpenedAt = p.At
	}
	ends := &m
	for _, x := range all {
		if x.Number == p.Milestone && !x.PublishedAt.IsZero() {
			ends = nil
		}
	}
	row := store.Published{
		Blog: p.Blog, File: p.File, Slug: p.Slug, Milestone: p.Milestone, At: p.At, Covers: p.Covers, Replaced: storedKinds(p.Replaced),
	}
	for _, f := range p.Files {
		row.Files = append(row.Files, store.FileSum(f))
	}
	approvals, err := d.store.Approvals(ctx)
	if err != nil {
		return err
	}
	for _, x := range approvals {
		if x.Blog == p.Blog && x.Slug == p.Slug {
			row.Allowed = x.Allowed
		}
	}
	return d.store.PutPublished(ctx, row, ends)
}

func storedKinds(all []blogsink.Replaced) []store.Replaced {
	var out []store.Replaced
	for _, r := range all {
		out = append(out, store.Replaced(r))
	}
	return out
}
