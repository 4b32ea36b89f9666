package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

func TestPastOfNothing(t *testing.T) {
	s, err := store.Open(context.Background(), t.TempDir(), store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, _, err := s.Present(context.Background()); !errors.Is(err, store.ErrNoBasis) {
		t.Errorf("present: %v", err)
	}
	if _, _, err := s.Past(context.Background(), time.Now()); !errors.Is(err, store.ErrNoBasis) {
		t.Errorf("past: %v", err)
	}
}

// The past, looked up at any of its instants, is what was held then, and the present is what is held now.
func TestPastIsWhatWasHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		l := newLab(t, 3)
		defer func() { l.end() }()
		for range 60 {
			l.live()
		}
		l.look()
		text := func(v *pipeline.View, at time.Time) string {
			b, err := json.Marshal([]any{v.Devices(at), v.Disputes(at), v.Coverage(at)})
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		was, ats := map[time.Time]string{}, []time.Time{}
		rejudge(t, l.store.Reader, time.Time{}, func(at time.Time, a *pipeline.Again) {
			was[at] = text(a.View(), at)
			ats = append(ats, at)
		})
		for i := 0; i < len(ats); i += 1 + len(ats)/12 {
			v, last, err := l.store.Past(ctx, ats[i].Add(time.Microsecond/2))
			if err != nil || !last.Equal(ats[i]) {
				t.Fatalf("%s: %s, %v", ats[i], last, err)
			}
			if d := cmp.Diff(was[ats[i]], text(v, last)); d != "" {
				t.Errorf("%s (-then +looked up):\n%s", last, d)
			}
		}
		v, last, err := l.store.Present(ctx)
		if newest := ats[len(ats)-1]; err != nil || !last.Equal(newest) || text(v, last) != was[newest] {
			t.Errorf("the present of %s is of %s, %v:\n%s", newest, last, err, cmp.Diff(was[newest], text(v, last)))
		}
		if _, _, err := l.store.Past(ctx, ats[0].Add(-time.Hour)); !errors.Is(err, store.ErrNoBasis) {
			t.Errorf("before the record began: %v", err)
		}
	})
}
