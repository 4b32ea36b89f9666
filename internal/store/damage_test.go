package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// damage flips one random bit inside the first occurrence of text in the file.
func damage(t *testing.T, r *rand.Rand, good []byte, text string) []byte {
	t.Helper()
	at := bytes.Index(good, []byte(text))
	if at < 0 {
		t.Fatalf("no %q in the database", text)
	}
	b := bytes.Clone(good)
	b[at+r.IntN(len(text))] ^= 1 << r.IntN(8)
	return b
}

func TestFlippedBitIsFound(t *testing.T) {
	ctx, dir := context.Background(), folder(t)
	s := mustOpen(t, dir, Options{})
	r := record(1, 3)
	r.Rejected = []device.Rejection{{Source: "prtg", Ref: "9", Reason: "a reason to reject"}}
	mustCommit(t, s, r)
	if err := errors.Join(s.Put(ctx, "blog", "k", []byte("a value of the blog")), s.PutMilestone(ctx, Milestone{Number: 1, Title: "the first stretch", OpenedAt: start}, 0),
		s.PutApproval(ctx, Approval{Blog: "blog", Slug: "a-lovely-slug", SHA256: digest("a"), At: start, By: "owner"}),
		s.PutPublished(ctx, Published{Blog: "blog", File: "_posts/2026-01-01-other.md", Slug: "other", At: start}, nil),
		s.PutGrant(ctx, "token", "grafana", []byte("who reads the board")),
		s.PutKnown(ctx, []Known{{"locations", "behind the second rack", start, start}}),
		s.Advance(ctx, "a sink far away", 3, nil), s.Advance(ctx, "hub", 3, []pipeline.Entry{{Key: "phone", Value: []byte("sent at noon")}})); err != nil {
		t.Fatal(err)
	}
	if err := s.Scrub(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileName)
	good := mustRead(t, path)

	texts := map[string]string{ // what is stored -> its table
		r.Events[2].ID:                              "event",
		"nas2 is down: librenms and prtg agree":     "event",
		`"witnesses":{"enrolled":2,"voting":2}`:     "verdict",
		string(r.Observations[1].Body):              "observation",
		"a reason to reject":                        "rejected",
		`"name":"nas1","created"`:                   "identity_device",
		`"ref":"2001","device":"d_0000000001","by"`: "binding",
		"a value of the blog":                       "kv",
		"the first stretch":                         "milestone",
		"a sink far away":                           "cursor",
		"a-lovely-slug":                             "approval",
		"_posts/2026-01-01-other.md":                "published",
		"behind the second rack":                    "known",
		"who reads the board":                       "access_grant",
		"sent at noon":                              "ledger",
	}
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for text, table := range texts {
		for range 4 { // flips_test.go has more of them
			if err := os.WriteFile(path, damage(t, rnd, good, text), 0o600); err != nil {
				t.Fatal(err)
			}
			reader, err := OpenReader(ctx, dir)
			if err != nil {
				t.Fatal(err)
			}
			err = reader.Scrub(ctx)
			var c *CorruptError
			if !errors.Is(err, ErrCorrupt) || !errors.As(err, &c) || c.Table != table {
				t.Errorf("seed %d: a flipped bit in %q of %s: %v", seed, text, table, err)
			}
			if err := reader.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}

	t.Run("named by the query that meets it", func(t *testing.T) {
		if err := os.WriteFile(path, damage(t, rnd, good, "nas2 is down: librenms and prtg agree"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir, Options{}) // SQLite's own check sees nothing
		defer func() { _ = s.Close() }()
		var c *CorruptError
		if _, err := s.Events(ctx, 0, 9); !errors.As(err, &c) || c.Row != "3" {
			t.Errorf("%v", err)
		}
		if es, err := s.Events(ctx, 0, 2); err != nil || len(es) != 2 {
			t.Errorf("the events before it: %v, %v", es, err)
		}
	})
	t.Run("in the state", func(t *testing.T) {
		if err := os.WriteFile(path, damage(t, rnd, good, `"name":"nas1","created"`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := mustOpen(t, dir, Options{}).Load(ctx); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%v", err)
		}
	})
}

func TestMissingEventIsFound(t *testing.T) {
	ctx := context.Background()
	for _, seq := range []int{1, 2, 3} {
		s := mustOpen(t, folder(t), Options{})
		mustCommit(t, s, record(1, 3))
		err := s.w.use(func() error {
			return s.w.exec(fmt.Sprintf("DELETE FROM verdict WHERE seq = %d; DELETE FROM event WHERE seq = %d", seq, seq))
		})
		if err != nil {
			t.Fatal(err)
		}
		_, eventsErr := s.Events(ctx, 0, 9)
		_, loadErr := s.Load(ctx)
		if !errors.Is(eventsErr, ErrCorrupt) && !errors.Is(loadErr, ErrCorrupt) {
			t.Errorf("event %d is gone: events %v, load %v", seq, eventsErr, loadErr)
		}
	}
}

func TestFull(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 70))
	before := dump(t, s)
	limit := func(pages string) {
		t.Helper()
		if err := s.w.use(func() error { return s.w.exec("PRAGMA max_page_count = " + pages) }); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite takes the present size
	for name, err := range map[string]error{
		"commit": s.Commit(ctx, shift(record(2, 700), 70)),
		"put":    s.Put(ctx, "blog", "k", make([]byte, 1<<20)),
		"reject": s.Reject(ctx, start, []device.Rejection{{Source: "prtg", Reason: "r", Body: make([]byte, 1<<20)}}),
	} {
		var p interface{ Permanent() bool }
		if !errors.Is(err, ErrFull) || errors.As(err, &p) {
			t.Errorf("%s: %v is not an error to try again after", name, err)
		}
	}
	if after := dump(t, s); after != before {
		t.Error("something of it was stored")
	}
	limit("1000000")
	mustCommit(t, s, shift(record(2, 700), 70))
	if n, err := s.LastSeq(ctx); err != nil || n != 770 {
		t.Errorf("with room again the last event is %d, %v", n, err)
	}
}

// shift numbers the events of r from after+1 on.
func shift(r *pipeline.Record, after int64) *pipeline.Record {
	for i := range r.Events {
		r.Events[i].Seq = after + 1 + int64(i)
		r.Verdicts[i].Seq = r.Events[i].Seq
	}
	return r
}
