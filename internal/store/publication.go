package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Replaced is how often something private of a kind was replaced in a post, never what.
type Replaced struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Approval is a person's decision on the exact bytes of a post and the files beside it.
type Approval struct {
	Blog      string // the name of its sink
	Slug      string
	Milestone int    // 0 for a post that is of no milestone
	SHA256    string // over post and files, in hex
	At        time.Time
	By        string
	// Covers is the sequence number of the last event that the bytes speak of.
	Covers int64
	// Allowed are tokens that look like identifiers and that the person let pass.
	Allowed  []string
	Replaced []Replaced
}

type approvalBody struct {
	Allowed  []string   `json:"allowed,omitempty"`
	Replaced []Replaced `json:"replaced,omitempty"`
}

// Approvals returns those that stand, in the order of blog and slug.
func (r *Reader) Approvals(ctx context.Context) ([]Approval, error) {
	var all []Approval
	err := r.each(ctx, r.t.approval, r.t.approval.selectAll("ORDER BY blog, slug"), nil, func(c columns) error {
		var body approvalBody
		if err := json.Unmarshal(c.blob(7), &body); err != nil {
			return err
		}
		all = append(all, Approval{
			Blog: c.text(0), Slug: c.text(1), Milestone: int(c.int(2)), SHA256: c.text(3), At: c.time(4), By: c.text(5), Covers: c.int(6),
			Allowed: body.Allowed, Replaced: body.Replaced,
		})
		return nil
	})
	return all, err
}

// PutApproval stores a over the one of its blog and slug.
func (s *Store) PutApproval(ctx context.Context, a Approval) error {
	body, err := json.Marshal(approvalBody{a.Allowed, a.Replaced})
	if err == nil {
		err = s.put(ctx, s.t.approval, a.Blog, a.Slug, int64(a.Milestone), a.SHA256, micros(a.At), a.By, a.Covers, body)
	}
	if err != nil {
		return fmt.Errorf("store the approval of %s: %w", a.Slug, err)
	}
	return nil
}

// DropApproval takes back the approval of a blog's slug; there may be none.
func (s *Store) DropApproval(ctx context.Context, blog, slug string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.w.update(func() error { return s.w.do(deleteApproval, blog, slug) }); err != nil {
		return fmt.Errorf("drop the approval of %s: %w", slug, err)
	}
	return nil
}

const deleteApproval = "DELETE FROM approval WHERE blog = ? AND slug = ?"

// FileSum is a file under the blog's folder, with slashes, and the SHA-256 of its bytes in hex.
type FileSum struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Published is a post that left the house.
type Published struct {
	Blog      string // the name of its sink
	File      string // the post, under the blog's folder, with slashes
	Slug      string
	Milestone int // 0 for a post that is of no milestone
	At        time.Time
	Covers    int64     // the last event that it speaks of
	Files     []FileSum // the post and all beside it
	Allowed   []string  // as in its approval
	Replaced  []Replaced
}

type publishedBody struct {
	Files    []FileSum  `json:"files,omitempty"`
	Allowed  []string   `json:"allowed,omitempty"`
	Replaced []Replaced `json:"replaced,omitempty"`
}

// Published returns all posts in the order of blog and file.
func (r *Reader) Published(ctx context.Context) ([]Published, error) {
	var all []Published
	err := r.each(ctx, r.t.published, r.t.published.selectAll("ORDER BY blog, file"), nil, func(c columns) error {
		var body publishedBody
		if err := json.Unmarshal(c.blob(6), &body); err != nil {
			return err
		}
		all = append(all, Published{
			Blog: c.text(0), File: c.text(1), Slug: c.text(2), Milestone: int(c.int(3)), At: c.time(4), Covers: c.int(5),
			Files: body.Files, Allowed: body.Allowed, Replaced: body.Replaced,
		})
		return nil
	})
	return all, err
}

// PutPublished records a publication: the post over the one of its file, the milestone that it ends, where m is not nil,
// and that its approval is used up. All of it is stored or nothing.
func (s *Store) PutPublished(ctx context.Context, p Published, m *Milestone) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	body, err := json.Marshal(publishedBody{p.Files, p.Allowed, p.Replaced})
	if err == nil {
		err = s.w.update(func() error {
			err := s.w.put(s.t.published, p.Blog, p.File, p.Slug, int64(p.Milestone), micros(p.At), p.Covers, body)
			if err == nil && m != nil {
				err = s.putMilestone(m)
			}
			if err != nil {
				return err
			}
			return s.w.do(deleteApproval, p.Blog, p.Slug)
		})
	}
	if err != nil {
		return fmt.Errorf("store the publication of %s: %w", p.File, err)
	}
	return nil
}
