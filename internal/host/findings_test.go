package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/sdk"
)

func TestCheckFindings(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	checking := func(mode string) ([]sdk.Finding, error) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(st.dir, "check"), []byte(mode), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return src.Check(ctx)
	}
	found, err := checking("")
	want := []sdk.Finding{
		{Topic: "server", Level: sdk.LevelOK, Value: "26.7.0", Text: "Its token is (secret)."},
		{Topic: "time zone", Level: sdk.LevelAdvice, HCL: "timezone = \"UTC\"\ntoken = \"(secret)\"\n  deep = 1"},
	}
	if d := cmp.Diff(want, found); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for _, mode := range []string{"fail", "panic"} {
		if _, err := checking(mode); err == nil || strings.ContainsAny(err.Error(), "\n\x00") || strings.Contains(err.Error(), "5f1c0e") {
			t.Errorf("%s: %v", mode, err)
		}
		wantDevices(t, poll(t, src))
	}
	// A check that lasts ends with its deadline, and the poll after it has its turn.
	if err := os.WriteFile(filepath.Join(st.dir, "check"), []byte("slow"), 0o600); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, cause)
	defer cancel()
	if _, err := src.Check(ctx); !errors.Is(err, cause) {
		t.Errorf("a check that lasts: %v", err)
	}
	wantDevices(t, poll(t, src))
	if _, err := checking("permanent"); err == nil || !src.Status().Permanent {
		t.Errorf("a refused log-in: %v, permanent %v", err, src.Status().Permanent)
	}
}
