package agent

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/cert"
)

// asked is the status of an answer over a connection of its own.
func asked(url string) (int, error) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// TestReloadChangesTheDoor: TLS comes and goes at the same address, and what is on its way in meanwhile arrives.
func TestReloadChangesTheDoor(t *testing.T) {
	t.Parallel()
	s := pushStage(t, patience)
	s.rewrite(replacing("127.0.0.1:0", s.address))
	s.reloadNow()

	status := s.pushAcross(replacing("  listen", "  hosts = [\"quorate.example.net\"]\n  tls {\n  }\n  listen"))
	for try := 1; status == http.StatusRequestTimeout && try < 5; try++ { // a push has five seconds, a reload may take longer
		s.rewrite(replacing("  hosts = [\"quorate.example.net\"]\n  tls {\n  }\n", ""))
		s.reloadNow()
		status = s.pushAcross(replacing("  listen", "  hosts = [\"quorate.example.net\"]\n  tls {\n  }\n  listen"))
	}
	if status != http.StatusNoContent {
		t.Errorf("the push that was on its way: %d", status)
	}
	at := s.Entrance()
	if at.URL != "https://"+s.address || at.Fingerprint == "" {
		t.Errorf("%+v", at)
	}
	status, err := asked("http://" + s.address + "/healthz")
	if err != nil || status != http.StatusBadRequest {
		t.Errorf("plain HTTP: %d, %v", status, err)
	}
	if _, ok := (&reader{s.Agent}).CertificateExpires(); !ok {
		t.Error("nobody knows when the certificate expires")
	}

	s.rewrite(replacing("  tls {\n  }\n", ""))
	s.reloadNow()
	if status, err := asked("http://" + s.address + "/healthz"); err != nil || status != 200 {
		t.Errorf("without TLS again: %d, %v", status, err)
	}
	if s.status("a").Health == device.HealthBlind {
		t.Error("a source was lost on the way")
	}
}

// pushAcross changes the configuration to one that speaks HTTPS while half of a push has come, and returns what the push is
// answered when the other half has come too.
func (s *stage) pushAcross(change func(string) string) (status int) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(conn, "POST /hooks/a/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nha", environment["PUSH"])
	s.rewrite(change)
	ended := make(chan error, 1)
	go func() { _, err := s.Reload(s.t.Context(), false); ended <- err }()
	s.until("HTTPS is spoken", func() bool {
		status, err := asked("https://" + s.address + "/healthz")
		return err == nil && status == 200
	})
	fmt.Fprint(conn, "lf")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatalf("the push that was on its way: %v", err)
	}
	if err := <-ended; err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode
}

// TestReloadOpensTheHouse: from loopback to every address of the same port and back, which cannot be open side by side.
func TestReloadOpensTheHouse(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", nil)
	_, port, _ := net.SplitHostPort(s.address)
	s.rewrite(replacing("127.0.0.1:0", "0.0.0.0:"+port))
	s.reloadNow()
	if status, err := asked("https://" + s.address + "/healthz"); err != nil || status != 200 {
		t.Errorf("at every address: %d, %v", status, err)
	}
	s.rewrite(replacing("0.0.0.0:", "127.0.0.1:"))
	s.reloadNow()
	if status, err := asked("http://" + s.address + "/api/v1/version"); err != nil || status != 200 {
		t.Errorf("on loopback again: %d, %v", status, err)
	}
}

func TestCertificateIsALimit(t *testing.T) {
	t.Parallel()
	keys, err := cert.Open(cert.Options{Dir: filepath.Join(t.TempDir(), "tls"), Names: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{limits: newLimits(slog.New(slog.DiscardHandler), time.Now), page: &page{}}
	a.page.at.Store(&entrance{keys: keys})
	for _, tt := range []struct {
		before time.Duration
		want   string
	}{{15 * 24 * time.Hour, ""}, {13 * 24 * time.Hour, "expires at 20"}, {-time.Hour, "expires at 20"}} {
		a.lookAtCertificate(keys.Expires().Add(-tt.before))
		_, _, at := a.limits.current()
		text := ""
		if len(at) > 0 {
			text = at[0].Text
		}
		if !strings.Contains(text, tt.want) || (text == "") != (tt.want == "") {
			t.Errorf("%s before: %q", tt.before, text)
		}
	}
}
