package reach

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: whoever comes at once leaves one by one, evenly; a pause saves nothing up, and who is urgent makes others wait.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(10)
		began := time.Now()
		var mu sync.Mutex
		left := map[time.Duration]int{}
		crowd := func(n int) {
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					if err := p.wait(t.Context(), false); err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					left[time.Since(began)]++
				})
			}
			wg.Wait()
		}
		crowd(20)
		time.Sleep(10 * time.Second)
		crowd(5)
		for i := range 20 {
			if at := time.Duration(i) * 100 * time.Millisecond; left[at] != 1 {
				t.Errorf("%d packets after %v", left[at], at)
			}
		}
		if n := left[11900*time.Millisecond]; n != 1 || len(left) != 25 {
			t.Errorf("after a pause %d left at once, and all at %v", n, left)
		}
		time.Sleep(time.Second)
		now := time.Now()
		for range 3 {
			if err := p.wait(t.Context(), true); err != nil || !time.Now().Equal(now) {
				t.Errorf("who is urgent waited until %v, %v", time.Since(now), err)
			}
		}
		if err := p.wait(t.Context(), false); err != nil || time.Since(now) != 300*time.Millisecond {
			t.Errorf("after three urgent ones the next left at %v, %v", time.Since(now), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.wait(ctx, false); err == nil {
			t.Error("a turn after the end")
		}
	})
}
