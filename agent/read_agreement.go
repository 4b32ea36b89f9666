package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// comparing is made at the first use.
type comparing struct {
	once sync.Once
	*blogsink.Comparing
}

// Agreement adds up what the journal holds since it was asked last.
func (r *reader) Agreement(ctx context.Context, from time.Time) (view.Agreement, error) {
	return r.agreement(ctx, from, now())
}

// agreement compares up to a time, which never goes back from one call to the next.
func (r *reader) agreement(ctx context.Context, from, at time.Time) (view.Agreement, error) {
	c := &r.a.comparing
	c.once.Do(func() { c.Comparing = blogsink.NewComparing(&history{r.a}) })
	sources := r.Sources(at)
	found, err := c.Compare(ctx, r.Devices(at), sources, from, at)
	if err != nil {
		return view.Agreement{}, err
	}
	out := view.Agreement{From: found.Since.UTC(), To: at.UTC(), Pairs: []view.AgreementPair{}, Sources: []view.AgreementScore{}}
	scores := map[string]*view.AgreementScore{}
	for _, s := range sources {
		scores[s.Name] = &view.AgreementScore{Source: s.Name, Missed: found.Missed[s.Name], FalseAlarms: s.FalseAlarms}
	}
	var compared, agreed time.Duration
	for _, p := range found.Pairs {
		out.Pairs = append(out.Pairs, view.AgreementPair{
			A: p.A, B: p.B, Devices: p.Devices, Percent: percent(p.Agreed, p.Compared), ComparedSeconds: p.Compared.Seconds(),
			Contradictions: p.Contradictions, RightA: p.RightA, RightB: p.RightB, Open: p.Contradictions - p.RightA - p.RightB,
		})
		compared, agreed = compared+p.Compared, agreed+p.Agreed
		scores[p.A].Right, scores[p.A].Wrong = scores[p.A].Right+p.RightA, scores[p.A].Wrong+p.RightB
		scores[p.B].Right, scores[p.B].Wrong = scores[p.B].Right+p.RightB, scores[p.B].Wrong+p.RightA
	}
	for _, s := range sources {
		out.Sources = append(out.Sources, *scores[s.Name])
	}
	out.Percent = percent(agreed, compared)
	return out, nil
}

// percent is a share, nil of nothing.
func percent(part, whole time.Duration) *float64 {
	if whole <= 0 {
		return nil
	}
	p := 100 * float64(part) / float64(whole)
	return &p
}

// turns are the changes of all devices' statuses within the longest time that is asked for, read on from the record.
type turns struct {
	mu     sync.Mutex
	seq    int64 // the last event that was looked at
	began  bool
	of     map[device.ID][]turned
	oldest time.Time // from when on they are whole
}

// turned is one change.
type turned struct {
	at       time.Time
	from, to device.Status
}

// keepTurns is the longest time that uptimes are told for, with room for the asking.
const keepTurns = 31 * 24 * time.Hour

// read brings them up to now.
func (t *turns) read(ctx context.Context, r *reader) error {
	if !t.began {
		t.oldest = now().Add(-keepTurns)
		seq, ok, err := r.a.store.SeqAt(ctx, t.oldest)
		if err != nil {
			return err
		}
		if ok {
			t.seq = seq - 1
		}
		t.began, t.of = true, map[device.ID][]turned{}
	}
	last, err := r.a.store.LastSeq(ctx)
	if err != nil || last == t.seq {
		return err
	}
	found, err := r.a.store.Turns(ctx, t.seq, last)
	if err != nil {
		return err
	}
	for _, x := range found {
		t.of[x.Device] = append(t.of[x.Device], turned{x.At, x.From, x.To})
	}
	t.seq = last
	if horizon := now().Add(-keepTurns); horizon.Sub(t.oldest) > 24*time.Hour {
		for id, list := range t.of {
			// The last one before says what it was then.
			i := slices.IndexFunc(list, func(x turned) bool { return !x.at.Before(horizon) })
			if i < 0 {
				i = len(list)
			}
			t.of[id] = slices.Clone(list[max(0, i-1):])
		}
		t.oldest = horizon
	}
	return nil
}

// Uptimes are of the devices of now.
func (r *reader) Uptimes(ctx context.Context, from, to time.Time) ([]view.Uptime, error) {
	t := &r.a.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(ctx, r); err != nil {
		return nil, err
	}
	devices := r.Devices(to)
	out := make([]view.Uptime, len(devices))
	for i := range devices {
		d := &devices[i]
		out[i] = uptime(t.of[d.ID], d, from, to)
		out[i].Device = device.Name{ID: d.ID, Name: d.Name}
	}
	return out, nil
}

// uptime adds up a device's time. One that did not turn was what it is; before its first verdict nothing counts.
func uptime(list []turned, d *device.Current, from, to time.Time) view.Uptime {
	var u view.Uptime
	add := func(s device.Status, begin, end time.Time) {
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		took := end.Sub(begin)
		if took <= 0 {
			return
		}
		switch s {
		case device.StatusUp, device.StatusDegraded:
			u.Up += took
		case device.StatusDown:
			u.Down += took
		default:
			u.Unknown += took
		}
	}
	if len(list) == 0 {
		if !d.Since.IsZero() {
			add(d.Status, d.Since, to)
		}
		return u
	}
	if first := list[0]; first.from != "" && first.from != device.StatusUnknown {
		add(first.from, from, first.at)
	}
	for i, x := range list {
		end := to
		if i+1 < len(list) {
			end = list[i+1].at
		}
		add(x.to, x.at, end)
	}
	return u
}
