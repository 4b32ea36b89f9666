package blogsink

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Word is what one source said about the reach of one device from an instant on, until its next word.
type Word struct {
	ID          int64 // its row in the journal
	Source, Ref string
	At          time.Time
	// State is empty where it says nothing of reach; Abstain is then why, if it gave a reason.
	State   device.State
	Abstain device.Abstention
	// Late says that it is history: it counts for nothing.
	Late bool
	// Interval is how often the source measures this, where that is slower than its polls.
	Interval time.Duration
}

// Poll is one poll of a source.
type Poll struct {
	ID     int64 // its row in the journal
	Source string
	At     time.Time // the instant that judged it
	// Took is 0 where nobody knows.
	Took   time.Duration
	Failed bool
	// Probe says that it is what a tie-breaker saw or a watch heard, and no poll of the source.
	Probe bool
}

// journal is what the words and polls up to the last event of a record add up to. It is read on from where it ended, and
// from the beginning where rows went meanwhile: the same record gives the same sums.
type journal struct {
	kept       time.Time
	begin      time.Time // of the period; what is older counts for what held then
	word, poll int64     // the last rows read

	refs      map[device.SourceRef][]change
	intervals map[string]time.Duration
	abstained map[string]map[device.Abstention]int
	silent    map[device.SourceRef]device.Abstention
	polls     map[string]*pollSum
}

// change is a word that differs from the one before. State is up, down, or empty for no word.
type change struct {
	at    time.Time
	state device.State
}

// maxChanges bounds the words kept of one ref: one a minute for two weeks. What follows them is no word.
const maxChanges = 20_000

// pollSum counts the polls of a source. Took counts the successful ones by their milliseconds, of which there are no
// more than a poll may take.
type pollSum struct {
	polls, failed int
	took          map[int64]int
	timed         int
}

func newJournal(begin, kept time.Time) *journal {
	return &journal{
		kept: kept, begin: begin, refs: map[device.SourceRef][]change{}, intervals: map[string]time.Duration{},
		abstained: map[string]map[device.Abstention]int{}, silent: map[device.SourceRef]device.Abstention{}, polls: map[string]*pollSum{},
	}
}

// since is when the sums begin: with the period, or later where the journal does.
func (j *journal) since() time.Time {
	if j.kept.After(j.begin) {
		return j.kept
	}
	return j.begin
}

// readJournal brings the sums up to the last event of the record.
func (s *Sink) readJournal(ctx context.Context, r *record) (*journal, error) {
	kept, err := s.opts.History.Kept(ctx)
	if err != nil {
		return nil, fmt.Errorf("beginning of the journal: %w", err)
	}
	if r.journal == nil || !r.journal.kept.Equal(kept) {
		r.journal = newJournal(r.begin, kept)
	}
	j := r.journal
	err = readOn(ctx, &j.word, r.end, s.opts.History.Words, func(w *Word) (int64, time.Time) { return w.ID, w.At }, j.heard)
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	err = readOn(ctx, &j.poll, r.end, s.opts.History.Polls, func(p *Poll) (int64, time.Time) { return p.ID, p.At }, j.polled)
	if err != nil {
		return nil, fmt.Errorf("polls: %w", err)
	}
	return j, nil
}

// readOn takes rows after the row last, page by page, and ends before the first that is newer than end.
func readOn[T any](ctx context.Context, last *int64, end time.Time, read func(context.Context, int64, int) ([]T, error),
	place func(*T) (int64, time.Time), take func(*T),
) error {
	for {
		rows, err := read(ctx, *last, pageSize)
		if err != nil {
			return err
		}
		for i := range rows {
			id, at := place(&rows[i])
			if at.After(end) {
				return nil
			}
			take(&rows[i])
			*last = id
		}
		if len(rows) == 0 {
			return nil
		}
	}
}

func (j *journal) heard(w *Word) {
	if w.Late {
		return
	}
	ref := device.SourceRef{Source: w.Source, Ref: w.Ref}
	j.intervals[w.Source] = max(j.intervals[w.Source], w.Interval)
	if w.Abstain != "" && w.Abstain != j.silent[ref] && !w.At.Before(j.since()) {
		if j.abstained[w.Source] == nil {
			j.abstained[w.Source] = map[device.Abstention]int{}
		}
		j.abstained[w.Source][w.Abstain]++
	}
	j.silent[ref] = w.Abstain
	state := w.State
	if state != device.StateUp && state != device.StateDown {
		state = ""
	}
	list := j.refs[ref]
	switch n := len(list); {
	case n > 0 && list[n-1].state == state, n == 0 && state == "":
	case n == maxChanges-1:
		j.refs[ref] = append(list, change{at: w.At})
	case n < maxChanges:
		j.refs[ref] = append(list, change{w.At, state})
	}
}

func (j *journal) polled(p *Poll) {
	if p.Probe || p.At.Before(j.since()) {
		return
	}
	sum := j.polls[p.Source]
	if sum == nil {
		sum = &pollSum{took: map[int64]int{}}
		j.polls[p.Source] = sum
	}
	sum.polls++
	switch {
	case p.Failed:
		sum.failed++
	case p.Took > 0:
		sum.took[p.Took.Milliseconds()]++
		sum.timed++
	}
}

// quantile is the time that a share of the successful polls took at most; 0 where none is known.
func (p *pollSum) quantile(share float64) time.Duration {
	rank := int(share * float64(p.timed))
	var all []int64
	for ms := range p.took {
		all = append(all, ms)
	}
	slices.Sort(all)
	for _, ms := range all {
		if rank -= p.took[ms]; rank < 0 {
			return time.Duration(ms) * time.Millisecond
		}
	}
	return 0
}
