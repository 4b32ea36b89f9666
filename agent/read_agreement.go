package agent

import (
	"context"
	"sync"
	"time"

	"github.com/quorate/quorate/blogsink"
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
	return agreed(ctx, c.Comparing, r, from, at)
}

// AgreementAt reads the journal from its beginning: what was read of it for the present is beyond that time.
func (r *reader) AgreementAt(ctx context.Context, from, at time.Time) (view.Agreement, error) {
	state, err := r.Past(ctx, at)
	if err != nil {
		return view.Agreement{}, err
	}
	done, err := r.a.pasts.take(ctx)
	if err != nil {
		return view.Agreement{}, err
	}
	defer done()
	return agreed(ctx, blogsink.NewComparing(&history{r.a}), state, from, at)
}

// agreed compares the sources of a state over its devices.
func agreed(ctx context.Context, c *blogsink.Comparing, state view.State, from, at time.Time) (view.Agreement, error) {
	sources := state.Sources(at)
	found, err := c.Compare(ctx, state.Devices(at), sources, from, at)
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
