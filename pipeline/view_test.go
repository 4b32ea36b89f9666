package pipeline

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// Readers see whole commits while the committer works, under the race detector.
func TestReadersAndCommits(t *testing.T) {
	p, err := New(testConfig("librenms", "prtg"), Options{Journal: &MemJournal{}, ClockInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	<-p.Ready()
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				now := time.Now()
				for _, c := range p.Devices(now) {
					if c.Name == "" || len(c.Bindings) == 0 {
						t.Errorf("half a device: %+v", c)
						return
					}
					p.Fields(c.ID)
				}
				p.Sources(now)
				p.Scores()
				p.Incidents()
				_, _ = p.Device("dev1", now)
				p.LastSeq()
			}
		})
	}
	for i := range 30 {
		state := device.StateUp
		if i%3 == 0 {
			state = device.StateDown
		}
		for _, s := range []string{"librenms", "prtg"} {
			refs := []string{"1", "2", "3", "4", "5"}
			if err := p.Publish(ctx, snapshot(s, state, refs[:1+i%5]...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop()
	wg.Wait()
}
