package pipeline_test

import (
	"testing"

	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/pipeline/journaltest"
)

// The conformance kit passes with the tests' own journal.
func TestMemJournal(t *testing.T) {
	journaltest.Run(t, journaltest.Subject{
		Open:   func(*testing.T) pipeline.Journal { return &pipeline.MemJournal{} },
		Reopen: func(_ *testing.T, j pipeline.Journal) pipeline.Journal { return j },
	})
}
