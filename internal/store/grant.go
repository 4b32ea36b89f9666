package store

import (
	"context"
	"fmt"
)

// EachGrant hands on who may ask, in the order of kind and name.
func (r *Reader) EachGrant(ctx context.Context, take func(kind, name string, body []byte) error) error {
	return r.each(ctx, r.t.grant, r.t.grant.selectAll("ORDER BY kind, name"), nil, func(c columns) error {
		return take(c.text(0), c.text(1), c.blob(2))
	})
}

// PutGrant stores who may ask over the one of that kind, "token" or "session", and name.
func (s *Store) PutGrant(ctx context.Context, kind, name string, body []byte) error {
	if err := s.put(ctx, s.t.grant, kind, name, body); err != nil {
		return fmt.Errorf("store %s %s: %w", kind, name, err)
	}
	return nil
}

// DropGrant removes the grant of that kind and name; there may be none.
func (s *Store) DropGrant(ctx context.Context, kind, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.update(func() error { return s.w.do("DELETE FROM access_grant WHERE kind = ? AND name = ?", kind, name) })
	if err != nil {
		return fmt.Errorf("drop %s %s: %w", kind, name, err)
	}
	return nil
}
