package store

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAliases(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	nas, web := []byte{1, 2}, []byte{3}
	for _, c := range []struct {
		name string
		put  Alias
		want error
	}{
		{"first", Alias{"host", nas, "alpha"}, nil},
		{"again", Alias{"host", nas, "alpha"}, nil},
		{"another for the same value", Alias{"host", nas, "beta"}, ErrTaken},
		{"the same for another value", Alias{"host", web, "alpha"}, ErrTaken},
		{"the same of another kind", Alias{"address", web, "alpha"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := s.PutAlias(ctx, c.put); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if got, ok, err := s.Alias(ctx, "host", nas); got != "alpha" || !ok || err != nil {
		t.Errorf("%q %v %v", got, ok, err)
	}
	if got, ok, err := s.Alias(ctx, "host", web); got != "" || ok || err != nil {
		t.Errorf("a value without one: %q %v %v", got, ok, err)
	}
	got, err := s.Aliases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Alias{{"address", web, "alpha"}, {"host", nas, "alpha"}}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestMilestones(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	one := Milestone{Number: 1, Title: "Consensus", Phase: "bridge", OpenedAt: start}
	two := Milestone{Number: 2, Title: "VLAN 100", After: 41, OpenedAt: start.AddDate(0, 0, 7), Subtitle: "no more cables"}
	for _, m := range []Milestone{two, one} {
		if err := s.PutMilestone(ctx, m, 0); err != nil {
			t.Fatal(err)
		}
	}
	one.PublishedAt = two.OpenedAt
	if err := s.PutMilestone(ctx, one, 0); err != nil {
		t.Fatal(err)
	}
	got, err := s.Milestones(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Milestone{one, two}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if err := s.PutMilestone(ctx, Milestone{Number: 0, OpenedAt: start}, 0); err == nil {
		t.Error("milestone 0 was stored")
	}
	two.Number, two.Title = 3, "VLAN 200"
	if err := s.PutMilestone(ctx, two, 2); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Milestones(ctx); err != nil || !cmp.Equal(got, []Milestone{one, two}) {
		t.Errorf("renumbered: %+v, %v", got, err)
	}
}

func TestKeyValues(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	for _, c := range []struct {
		name, ns, key string
		put           []byte
	}{
		{"new", "blog", "draft", []byte("one")},
		{"over", "blog", "draft", []byte("two")},
		{"another name space", "page", "draft", []byte("three")},
		{"empty", "blog", "empty", []byte{}},
		{"removed", "page", "draft", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := s.Put(ctx, c.ns, c.key, c.put); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Get(ctx, c.ns, c.key); err != nil || !cmp.Equal(got, c.put) {
				t.Errorf("%q, %v, want %q", got, err, c.put)
			}
		})
	}
	if got, err := s.Get(ctx, "blog", "draft"); err != nil || string(got) != "two" {
		t.Errorf("%q, %v", got, err)
	}
}
