package sanitize

import "testing"

// TestEveryFinderIsAnnounced: a pattern without a word and without a shape would read every line.
func TestEveryFinderIsAnnounced(t *testing.T) {
	finders := newFinders()
	l := newLookout(finders)
	for _, i := range l.wordless {
		if finders[i].shape == 0 {
			t.Errorf("nothing announces %s: %.80s", finders[i].kind, finders[i].re)
		}
	}
}
