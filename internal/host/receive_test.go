package host

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func receive(t *testing.T, s *Source, body string, d time.Duration) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return s.Receive(ctx, sdk.Push{ContentType: "text/plain", Body: []byte(body)})
}

func TestReceive(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"refs", "refs 1,2", []string{"1", "2"}},
		{"everything", "refs *", []string{sdk.Everything}},
		{"what is no ref", "refs ,1,a\nb,token-5f1c0e,\x1b[31m," + strings.Repeat("x", 300), []string{"1"}},
	} {
		refs, err := receive(t, src, c.body, time.Minute)
		if err != nil || !slices.Equal(refs, c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.name, refs, err, c.want)
		}
	}
	_, err := receive(t, src, "gibberish", time.Minute)
	if err == nil || errors.Is(err, ErrNoAnswer) || err.Error() != "not understood: (secret)" {
		t.Errorf("a push that is not understood: %v", err)
	}
	if refs, err := src.Receive(t.Context(), sdk.Push{ContentType: "text/\xff\x00plain", Body: []byte("refs 1")}); err != nil || len(refs) != 1 {
		t.Errorf("a header of any bytes: %q, %v", refs, err)
	}
	// Whoever can push must not be able to switch the polls off.
	if _, err := receive(t, src, "permanent", time.Minute); err == nil || errors.Is(err, ErrNoAnswer) {
		t.Errorf("a push that is refused: %v", err)
	}
	wantDevices(t, poll(t, src))
}

// TestReceiveThatHangs: neither the polls nor the pushes after it wait for it.
func TestReceiveThatHangs(t *testing.T) {
	t.Parallel()
	st := newStage(t, hasty())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	if _, err := receive(t, src, "deaf", 100*time.Millisecond); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("a push that hangs: %v", err)
	}
	wantDevices(t, poll(t, src))
	if refs, err := receive(t, src, "refs 1", time.Minute); err != nil || !slices.Equal(refs, []string{"1"}) {
		t.Errorf("the push after it: %q, %v", refs, err)
	}
	if n := src.Status().Restarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
}

func TestReceiveThatKills(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	if _, err := receive(t, src, "panic", time.Minute); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("a push that kills: %v", err)
	}
	eventually(t, "the crash is told", func() bool { return st.heard(device.EventSourceCrashed) == 1 })
	wantDevices(t, poll(t, src))
	if err := src.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := receive(t, src, "refs 1", time.Second); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("a push when the plugin has ended: %v", err)
	}
}

func TestReceiveNeedsTheCapability(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	src.mu.Lock()
	src.proc.info.Capabilities = []sdk.Capability{sdk.CapabilityPoll}
	src.mu.Unlock()
	if _, err := receive(t, src, "refs 1", time.Minute); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrNoAnswer) {
		t.Errorf("a plugin that cannot receive: %v", err)
	}
}
