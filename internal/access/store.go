package access

import "context"

// Store keeps grants through restarts. A body holds no secret.
type Store interface {
	// EachGrant hands on what PutGrant stored, in the order of kind and name.
	EachGrant(ctx context.Context, take func(kind, name string, body []byte) error) error
	// PutGrant stores a grant over the one of its kind and name.
	PutGrant(ctx context.Context, kind, name string, body []byte) error
	// DropGrant removes a grant; there may be none.
	DropGrant(ctx context.Context, kind, name string) error
}

// memory is a Store for those who have none: it keeps nothing beyond the process, and the Keeper holds all of it anyway.
type memory struct{}

func (memory) EachGrant(context.Context, func(kind, name string, body []byte) error) error {
	return nil
}
func (memory) PutGrant(context.Context, string, string, []byte) error { return nil }
func (memory) DropGrant(context.Context, string, string) error        { return nil }
