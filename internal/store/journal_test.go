package store_test

import (
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/pipeline/journaltest"
)

// journal is a store that can be closed and opened again in its place.
type journal struct{ *store.Store }

func (j *journal) open(t *testing.T, dir string) *journal {
	t.Helper()
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	j.Store = s
	return j
}

func TestJournal(t *testing.T) {
	journaltest.Run(t, journaltest.Subject{
		Open: func(t *testing.T) pipeline.Journal { return new(journal).open(t, filepath.Join(t.TempDir(), "data")) },
		Reopen: func(t *testing.T, j pipeline.Journal) pipeline.Journal {
			s, ok := j.(*journal)
			if !ok {
				t.Fatalf("a journal of type %T", j)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return s.open(t, filepath.Dir(s.Path()))
		},
	})
}
