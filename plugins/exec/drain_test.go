package execsource

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// What lies in the pipe is read although the deadline has long passed, and although the pipe never ends.
func TestDrainLosesNothing(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	want := strings.Repeat("x", 40_000)
	if _, err := w.WriteString(want); err != nil {
		t.Fatal(err)
	}
	if err := r.SetReadDeadline(time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	// Small pieces, each with the deadline passed again.
	for {
		n, err := io.CopyN(&got, drain{r}, 1000)
		if n == 0 || err != nil {
			break
		}
		if err := r.SetReadDeadline(time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if got.String() != want {
		t.Errorf("%d bytes of %d were read", got.Len(), len(want))
	}
}
