package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks/webhook"
)

const secret = "secret-of-the-test-0123456789"

var events = []device.Event{
	{Seq: 1, ID: "01A", Type: device.EventVerdictChanged, At: time.Unix(1767225600, 0).UTC(), Text: "nas1 is down: librenms and prtg agree"},
	{Seq: 2, ID: "01B", Type: device.EventSourceBlind, At: time.Unix(1767225601, 0).UTC(), Source: "prtg", Text: "prtg is blind"},
}

func send(t *testing.T, url string, c webhook.Config, now time.Time) error {
	t.Helper()
	c.URL = url
	s, err := webhook.New(c, webhook.Options{Name: "hub", Agent: "home", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	_, err = s.Deliver(t.Context(), events)
	return err
}

// TestGo: what the real sink sends is taken once, and what is forged, old or signed otherwise is not.
func TestGo(t *testing.T) {
	now := time.Now()
	var out bytes.Buffer
	r := &receiver{secret: secret, now: func() time.Time { return now }, seen: map[string]bool{}, out: &out}
	server := httptest.NewServer(r)
	defer server.Close()
	for range 2 { // as after a crash
		if err := send(t, server.URL, webhook.Config{Secret: secret}, now); err != nil {
			t.Fatal(err)
		}
	}
	if want := "quorate.verdict.changed \"nas1 is down: librenms and prtg agree\"\nquorate.source.blind \"prtg is blind\"\n"; out.String() != want {
		t.Errorf("got %s", out.String())
	}
	if err := send(t, server.URL, webhook.Config{Secret: "the-next-secret-0123456789", OldSecret: secret}, now); err != nil {
		t.Errorf("while the secret is being changed: %v", err)
	}
	for name, err := range map[string]error{
		"another secret": send(t, server.URL, webhook.Config{Secret: "another-secret-0123456789"}, now),
		"an old one":     send(t, server.URL, webhook.Config{Secret: secret}, now.Add(-time.Hour)),
		"one from ahead": send(t, server.URL, webhook.Config{Secret: secret}, now.Add(time.Hour)),
	} {
		if err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: %v", name, err)
		}
	}
	resp, err := http.Post(server.URL, "application/cloudevents+json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a signature: %d", resp.StatusCode)
	}
}

func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: needs python3")
	}
	cmd := exec.Command(python, "receiver.py", "0")
	cmd.Env = append(cmd.Environ(), "HUB_SECRET="+secret)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	lines := bufio.NewScanner(stdout)
	line := func() string {
		if !lines.Scan() {
			t.Fatal("the receiver says no more")
		}
		return lines.Text()
	}
	var port int
	if _, err := fmt.Sscanf(line(), "listening on %d", &port); err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/", port)
	if err := send(t, url, webhook.Config{Secret: "another-secret-0123456789"}, time.Now()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("with another secret: %v", err)
	}
	if err := send(t, url, webhook.Config{Secret: secret}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := line(); got != `quorate.verdict.changed "nas1 is down: librenms and prtg agree"` {
		t.Errorf("got %s", got)
	}
	if got := line(); got != `quorate.source.blind "prtg is blind"` {
		t.Errorf("got %s", got)
	}
}
