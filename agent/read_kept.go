package agent

import "context"

// OldestSeq is how far back the record reaches.
func (r *reader) OldestSeq(ctx context.Context) (int64, error) { return r.a.store.OldestSeq(ctx) }
