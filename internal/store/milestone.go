package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Milestone is a stretch of the lab's story, from one post to the next.
type Milestone struct {
	Number      int // from 1
	Title       string
	Subtitle    string
	Phase       string
	After       int64 // sequence number of the last event of the milestone before
	Ended       int64 // the last event that its published post covers; 0 while it is open
	OpenedAt    time.Time
	PublishedAt time.Time // zero while it is open
}

// milestoneBody is what a row of a milestone holds beside its columns: they are older.
type milestoneBody struct {
	Subtitle string `json:"subtitle,omitempty"`
	Ended    int64  `json:"ended,omitempty"`
}

// Milestones returns all of them in order.
func (r *Reader) Milestones(ctx context.Context) ([]Milestone, error) {
	var ms []Milestone
	err := r.each(ctx, r.t.milestone, r.t.milestone.selectAll("ORDER BY number"), nil, func(c columns) error {
		var body milestoneBody
		if b := c.blob(6); len(b) > 0 {
			if err := json.Unmarshal(b, &body); err != nil {
				return err
			}
		}
		ms = append(ms, Milestone{
			Number: int(c.int(0)), Title: c.text(1), Subtitle: body.Subtitle, Phase: c.text(2), After: c.int(3), Ended: body.Ended,
			OpenedAt: c.time(4), PublishedAt: c.time(5),
		})
		return nil
	})
	return ms, err
}

// PutMilestone stores m over the one of its number. With another number in the place of an open one, which then is gone,
// instead is that of the open one; 0 replaces none.
func (s *Store) PutMilestone(ctx context.Context, m Milestone, instead int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.update(func() error {
		if instead != 0 && instead != m.Number {
			if err := s.w.do("DELETE FROM milestone WHERE number = ?", int64(instead)); err != nil {
				return err
			}
		}
		return s.putMilestone(&m)
	})
	if err != nil {
		return fmt.Errorf("store milestone %d: %w", m.Number, err)
	}
	return nil
}

// putMilestone is called inside update.
func (s *Store) putMilestone(m *Milestone) error {
	body, err := json.Marshal(milestoneBody{m.Subtitle, m.Ended})
	if err != nil {
		return err
	}
	return s.w.put(s.t.milestone, int64(m.Number), m.Title, m.Phase, m.After, micros(m.OpenedAt), micros(m.PublishedAt), body)
}
