package agent

import (
	"context"
	"strings"

	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
)

func rejectedOf(row *store.Rejected) view.Rejected {
	return view.Rejected{Number: row.Number, At: row.At, Source: row.Source, Ref: row.Ref, Reason: row.Reason}
}

// Rejections leaves the bodies where they are: each may be 64 KiB.
func (r *reader) Rejections(ctx context.Context, source string, below int64, limit int) ([]view.Rejected, error) {
	rows, err := r.a.store.RejectedOf(ctx, store.RejectedWhich{Source: source, Below: below}, limit)
	if err != nil {
		return nil, err
	}
	out := make([]view.Rejected, len(rows))
	for i := range rows {
		out[len(rows)-1-i] = rejectedOf(&rows[i])
	}
	return out, nil
}

func (r *reader) Rejection(ctx context.Context, number int64) (view.Rejected, bool, error) {
	rows, err := r.a.store.RejectedOf(ctx, store.RejectedWhich{Numbers: []int64{number}}, 1)
	if err != nil || len(rows) == 0 {
		return view.Rejected{}, false, err
	}
	one := rejectedOf(&rows[0])
	one.Body = strings.ToValidUTF8(string(rows[0].Body), "\uFFFD")
	return one, true, nil
}
