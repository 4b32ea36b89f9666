package prtg

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
)

// TestRefusedOutlivesTheProcess is that a refused log-in is the last request also where the plugin's process dies and its
// supervisor starts it again: a restart loop must not become a loop of log-ins, which would lock the account.
func TestRefusedOutlivesTheProcess(t *testing.T) {
	f := newFake(t)
	dir, err := os.MkdirTemp("", "q")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	crashed := make(chan string, 10)
	h, err := host.New(host.Options{RunDir: dir, OnEvent: func(_ string, kind device.EventType, text string) {
		if kind == device.EventSourceCrashed {
			crashed <- text
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	source, err := h.Start(t.Context(), host.Spec{
		Name: "prtg", Type: "prtg", Config: []byte(fmt.Sprintf(`{"url":%q,"api_token":%q}`, f.URL, canary)), Secrets: []device.Secret{canary},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := source.Poll(t.Context()); s.Err != "" || len(s.Observations) != 3 {
		t.Fatalf("%d devices, %q", len(s.Observations), s.Err)
	}
	f.set(func() {
		f.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, "<HTML><BODY><B>Unauthorized</B></BODY></HTML>")
		}
	})
	before := f.requests()
	refusedPoll := func(when string) {
		t.Helper()
		s := source.Poll(t.Context())
		if !strings.Contains(s.Err, "401 Unauthorized") || !strings.Contains(s.Err, "until the configuration changes") || strings.Contains(s.Err, canary) {
			t.Errorf("%s: %q", when, s.Err)
		}
	}
	refusedPoll("at first")
	refusedPoll("again")

	pid := source.Status().PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-crashed
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for st := source.Status(); !st.Running || st.PID == pid; st = source.Status() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("it was not started again")
		}
	}
	refusedPoll("in a new process")
	refusedPoll("in a new process, again")
	if n := f.requests() - before; n != 1 {
		t.Errorf("%d requests after the log-in was refused, want the one that was refused", n)
	}
}
