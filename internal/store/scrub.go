package store

import "context"

// scrubRows is how many rows one query of Scrub reads: a longer one would hold back the write-ahead log.
const scrubRows = 1000

// Scrub reads every row and verifies its checksum. The error names the first damaged one.
func (r *Reader) Scrub(ctx context.Context) error {
	for _, t := range []*table{r.t.instant, r.t.input, r.t.poll, r.t.observation, r.t.event, r.t.verdict, r.t.rejected, r.t.settings} {
		if err := r.scrubJournal(ctx, t); err != nil {
			return err
		}
	}
	if err := r.scrubPages(ctx, r.t.checkpoint, 1); err != nil { // one may be large
		return err
	}
	for _, t := range []*table{
		r.t.last, r.t.identityDevice, r.t.binding, r.t.consensusDevice, r.t.dates, r.t.source, r.t.global, r.t.reading, r.t.milestone, r.t.kv,
	} {
		if err := r.each(ctx, t, t.selectAll("ORDER BY 1"), nil, func(columns) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// scrubJournal reads a table whose first column is a rising number.
func (r *Reader) scrubJournal(ctx context.Context, t *table) error {
	return r.scrubPages(ctx, t, scrubRows)
}

func (r *Reader) scrubPages(ctx context.Context, t *table, page int) error {
	after, n := int64(0), page
	for n == page {
		n = 0
		err := r.each(ctx, t, t.selectAll("WHERE rowid > ? ORDER BY rowid LIMIT ?"), []any{after, page}, func(c columns) error {
			after = c.int(0)
			n++
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
