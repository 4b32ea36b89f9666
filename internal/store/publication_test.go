package store

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// What a person approved stands until it is published, dropped or approved anew; a publication ends its milestone in
// the same step.
func TestPublications(t *testing.T) {
	ctx, s := t.Context(), mustOpen(t, folder(t), Options{})
	a := Approval{
		Blog: "lab", Slug: "first", Milestone: 1, SHA256: digest("one"), At: start, By: "owner", Covers: 40, Allowed: []string{"abc123"},
		Replaced: []Replaced{{"devices", 4}},
	}
	other := Approval{Blog: "other", Slug: "first", SHA256: digest("two"), At: start}
	m := Milestone{Number: 1, Title: "First", OpenedAt: start}
	if err := s.PutMilestone(ctx, m, 0); err != nil {
		t.Fatal(err)
	}
	for _, x := range []Approval{other, a} {
		if err := s.PutApproval(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, approvals []Approval, posts []Published) {
		t.Helper()
		gotA, err := s.Approvals(ctx)
		if err != nil {
			t.Fatal(err)
		}
		gotP, err := s.Published(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(approvals, gotA) + cmp.Diff(posts, gotP); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	want("approved", []Approval{a, other}, nil)
	a.SHA256 = digest("three")
	if err := s.PutApproval(ctx, a); err != nil {
		t.Fatal(err)
	}
	want("approved anew", []Approval{a, other}, nil)

	p := Published{
		Blog: "lab", File: "_posts/2026-01-02-first.md", Slug: "first", Milestone: 1, At: start.Add(time.Hour), Covers: 40,
		Files: []FileSum{{"_posts/2026-01-02-first.md", digest("three")}}, Replaced: a.Replaced,
	}
	m.PublishedAt, m.Ended = p.At, 40
	bad := m
	bad.Number = 0
	if err := s.PutPublished(ctx, p, &bad); err == nil {
		t.Error("a publication of milestone 0 was stored")
	}
	want("nothing of a failed publication", []Approval{a, other}, nil)
	for range 2 {
		if err := s.PutPublished(ctx, p, &m); err != nil {
			t.Fatal(err)
		}
		want("published", []Approval{other}, []Published{p})
	}
	if got, err := s.Milestones(ctx); err != nil || !cmp.Equal(got, []Milestone{m}) {
		t.Errorf("the milestone: %+v, %v", got, err)
	}
	for range 2 {
		if err := s.DropApproval(ctx, "other", "first"); err != nil {
			t.Fatal(err)
		}
	}
	want("dropped", nil, []Published{p})
	if err := s.PutApproval(ctx, Approval{Blog: "lab", Slug: "s", SHA256: "short", At: start}); err == nil {
		t.Error("an approval without a sum was stored")
	}
}

// The first time that something was seen stays, however often it is stored.
func TestKnown(t *testing.T) {
	ctx, s := t.Context(), mustOpen(t, folder(t), Options{})
	later := start.Add(time.Hour)
	many := make([]Known, 0, 2*knownAtOnce+1)
	for i := range cap(many) {
		many = append(many, Known{"serials", digest(string(rune('a' + i))), start, start})
	}
	for _, values := range [][]Known{
		many, {{"mac", "00:00:5e:00:53:01", start, start}, {"ipv4", "192.0.2.7", later, later}},
		{{"mac", "00:00:5e:00:53:01", later, later}, {"ipv4", "192.0.2.7", start, later}}, nil,
	} {
		if err := s.PutKnown(ctx, values); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Known(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Known{{"ipv4", "192.0.2.7", start, later}, {"mac", "00:00:5e:00:53:01", start, later}}, got[:2]); d != "" || len(got) != len(many)+2 {
		t.Errorf("%d (-want +got):\n%s", len(got), d)
	}
}
