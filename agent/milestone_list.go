package agent

import (
	"cmp"
	"context"
	"slices"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// Milestones are those of the record and those whose posts lie in the blog without it, in the order of their numbers.
// The open one is among them also where nobody opened it.
func (r *reader) Milestones(ctx context.Context) ([]device.Milestone, error) {
	stored, err := r.a.store.Milestones(ctx)
	if err != nil {
		return nil, err
	}
	open := stillOpen(stored)
	byNumber := map[int]*device.Milestone{}
	for _, m := range stored {
		d := milestoneOf(m)
		if !m.PublishedAt.IsZero() {
			d.State = device.MilestonePublished
		}
		byNumber[m.Number] = &d
	}
	if err := r.papers(ctx, byNumber, &open); err != nil {
		return nil, err
	}
	if open.OpenedAt.IsZero() && len(r.a.generation().blogs) > 0 {
		drafted := false // then that draft is the open one's, and its number is the one that it has
		if open.Number == 0 {
			for n, m := range byNumber {
				open.Number = max(open.Number, n)
				drafted = drafted || m.State == device.MilestoneDrafted
			}
			open.Number++
		}
		if !drafted && byNumber[open.Number] == nil {
			d := milestoneOf(open)
			byNumber[open.Number] = &d
		}
	}
	if err := r.approved(ctx, byNumber); err != nil {
		return nil, err
	}
	all := make([]device.Milestone, 0, len(byNumber))
	for _, m := range byNumber {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b device.Milestone) int { return cmp.Compare(a.Number, b.Number) })
	return all, nil
}

// papers adds what lies in the blog.
func (r *reader) papers(ctx context.Context, byNumber map[int]*device.Milestone, open *store.Milestone) error {
	blogs := r.a.generation().blogs
	if len(blogs) == 0 {
		return nil
	}
	papers, err := blogs[0].Papers()
	if err != nil {
		return err
	}
	published, err := r.a.store.Published(ctx)
	if err != nil {
		return err
	}
	for _, p := range papers {
		m := byNumber[p.Milestone]
		if m == nil {
			m = &device.Milestone{Number: p.Milestone, Title: p.Title}
			if p.Draft {
				m.After = open.After
			}
			byNumber[p.Milestone] = m
		}
		if p.Draft {
			if m.State == device.MilestonePublished {
				continue // left behind
			}
			m.State = device.MilestoneDrafted
		} else {
			m.State = device.MilestonePublished
		}
		m.File, m.Edited = p.File, p.Edited || !p.Draft && changed(published, blogs[0].Name(), p)
	}
	return nil
}

// changed reports whether the bytes of a post are others than those that were published.
func changed(published []store.Published, blog string, p blogsink.Paper) bool {
	for _, post := range published {
		if post.Blog != blog || post.File != p.File {
			continue
		}
		for _, f := range post.Files {
			if f.Name == p.File {
				return f.SHA256 != p.SHA256
			}
		}
	}
	return false
}

// approved adds what a person approved.
func (r *reader) approved(ctx context.Context, byNumber map[int]*device.Milestone) error {
	approvals, err := r.a.store.Approvals(ctx)
	if err != nil {
		return err
	}
	for _, x := range approvals {
		if m := byNumber[x.Milestone]; m != nil && m.State != device.MilestonePublished {
			m.State, m.ApprovedAt, m.ApprovedBy = device.MilestoneApproved, x.At, x.By
		}
	}
	return nil
}
