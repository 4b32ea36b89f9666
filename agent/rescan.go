package agent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

const (
	// rescanQuiet is how long nothing new must be known until the blogs are read again, and rescanAfter how long it may
	// take at most from the first news on.
	rescanQuiet = 5 * time.Second
	rescanAfter = time.Minute
	// learnEvery is how often the record is looked at for what is private: a device that is new is in a post at most that
	// much later.
	learnEvery = 30 * time.Second
)

// checkAgain has the blogs read again soon. It never blocks.
func (a *Agent) checkAgain() {
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// followKnowledge learns what is private and reads the blogs again when there is more of it, until ctx ends: what is
// public already may show it.
func (a *Agent) followKnowledge(ctx context.Context) {
	learn := time.NewTicker(learnEvery)
	defer learn.Stop()
	rescan := time.NewTimer(rescanQuiet) // at the start as well: another version finds more
	defer rescan.Stop()
	var first time.Time // of the news that wait
	failing := false
	try := func(what string, err error) {
		switch {
		case ctx.Err() != nil:
		case err != nil && !failing:
			a.log.Warn("private values not looked after, trying again", "what", what, "err", err)
		}
		failing = err != nil
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.news:
			if first.IsZero() {
				first = time.Now()
			}
			rescan.Reset(max(0, min(rescanQuiet, time.Until(first.Add(rescanAfter)))))
		case <-learn.C:
			_, err := a.privateValues(ctx)
			try("collect them", err)
		case <-rescan.C:
			first = time.Time{}
			_, err := a.rescan(ctx)
			try("read the blog again", err)
		}
	}
}

// RescanAnswer is what was found in the blogs.
type RescanAnswer struct {
	Leaks []blogsink.Leak `json:"leaks"`
}

func (a *Agent) commandRescan(ctx context.Context, _ struct{}) (RescanAnswer, error) {
	if _, err := a.blog(); err != nil {
		return RescanAnswer{}, err
	}
	leaks, err := a.rescan(ctx)
	if leaks == nil {
		leaks = []blogsink.Leak{}
	}
	return RescanAnswer{leaks}, err
}

// rescan reads all blogs again and tells of what is private in them: once as an event, and for as long as it stands
// there as a limit.
func (a *Agent) rescan(ctx context.Context) ([]blogsink.Leak, error) {
	a.scanning.Lock()
	defer a.scanning.Unlock()
	var all []blogsink.Leak
	names := map[string]bool{}
	for _, b := range a.generation().blogs {
		names[b.Name()] = true
		ours, allowed, err := a.published(ctx, b.Name())
		if err != nil {
			return all, err
		}
		leaks, err := b.Rescan(ctx, ours, allowed)
		if err != nil {
			return all, err
		}
		a.tellLeaks(ctx, b.Name(), leaks)
		all = append(all, leaks...)
	}
	for _, name := range a.limits.subjects(device.LimitPostLeaks) {
		if !names[name] {
			a.limits.over(device.LimitPostLeaks, name)
			delete(a.leaked, name)
		}
	}
	return all, nil
}

// published are the files of a blog that this agent published, and what a person let pass in posts that are about to be.
func (a *Agent) published(ctx context.Context, blog string) (map[string]bool, []string, error) {
	posts, err := a.store.Published(ctx)
	if err != nil {
		return nil, nil, err
	}
	ours := map[string]bool{}
	var allowed []string
	for _, p := range posts {
		if p.Blog != blog {
			continue
		}
		for _, f := range p.Files {
			ours[f.Name] = true
		}
		allowed = append(allowed, p.Allowed...)
	}
	approvals, err := a.store.Approvals(ctx)
	for _, x := range approvals {
		if x.Blog == blog {
			allowed = append(allowed, x.Allowed...)
		}
	}
	return ours, allowed, err
}

// mostLeaks is how many places one sentence names.
const mostLeaks = 5

// tellLeaks tells of places that were not told of since they were clean. A draft is no limit: it is refused when it is to
// be published.
func (a *Agent) tellLeaks(ctx context.Context, blog string, leaks []blogsink.Leak) {
	told := map[string]bool{}
	var fresh, public []string
	for _, l := range leaks {
		place := fmt.Sprintf("%s, line %d (%s)", l.File, l.Line, l.Kind)
		if l.Line == 0 {
			place = fmt.Sprintf("the name of %s (%s)", l.File, l.Kind)
		}
		told[place] = true
		if !a.leaked[blog][place] {
			fresh = append(fresh, place)
		}
		if l.Published {
			public = append(public, place)
		}
	}
	a.leaked[blog] = told
	if len(fresh) > 0 {
		text := "something private stands in the blog: " + listed(fresh)
		a.log.Error("private values in the blog", "sink", blog, "count", len(fresh), "where", listed(fresh))
		a.record(ctx, device.Event{Type: device.EventPublishLeaked, Sink: blog, Text: text})
	}
	a.limits.is(len(public) > 0, device.LimitPostLeaks, blog, fmt.Sprintf("something private is published by the blog %s: %s", blog, listed(public)))
}

func listed(places []string) string {
	if more := len(places) - mostLeaks; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(places[:mostLeaks], "; "), more)
	}
	return strings.Join(places, "; ")
}
