package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// asker asks an agent, and keeps all answers that must hold no secret.
type asker struct {
	t     *testing.T
	s     *stage
	heard bytes.Buffer
}

// client is for TCP, or for the socket.
func (a *asker) client(socket bool) *http.Client {
	t := &http.Transport{DisableKeepAlives: true}
	if socket {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(a.s.dir, "data", SocketName))
		}
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (a *asker) request(method, path, body string, header ...string) *http.Request {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.s.address+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// ask wants a status, and returns the answer, which is not kept.
func (a *asker) ask(socket bool, status int, req *http.Request) (*http.Response, []byte) {
	a.t.Helper()
	resp, err := a.client(socket).Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		a.t.Fatalf("%s %s: %d, want %d: %s, %v", req.Method, req.URL.Path, resp.StatusCode, status, body, err)
	}
	return resp, body
}

// kept is ask, whose answer must hold no secret.
func (a *asker) kept(socket bool, status int, req *http.Request) {
	a.t.Helper()
	resp, body := a.ask(socket, status, req)
	a.heard.Write(body)
	_ = resp.Header.Write(&a.heard)
}

func decoded[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A token, a link, a session and a ticket are in no log, no file, no bundle and no answer but the one that gives them.
func TestSecretsOfAccessStayNowhere(t *testing.T) {
	s := newStage(t, "", nil)
	s.until("a device", func() bool { return len(s.Devices()) == 1 })
	a := &asker{t: t, s: s}
	type made struct{ Token, URL, Protocol string }
	const order = `{"name":"phone","scopes":["admin"]}`
	a.kept(false, http.StatusUnauthorized, a.request(http.MethodPost, "/api/v1/tokens", order, "Content-Type", "application/json"))
	_, body := a.ask(true, http.StatusCreated, a.request(http.MethodPost, "/api/v1/tokens", order, "Content-Type", "application/json"))
	first := decoded[made](t, body).Token
	bearer := []string{"Authorization", "Bearer " + first, "Content-Type", "application/json"}
	_, body = a.ask(false, http.StatusOK, a.request(http.MethodPost, "/api/v1/tokens/phone/rotate", `{"grace_seconds":600}`, bearer...))
	second := decoded[made](t, body).Token
	bearer[1] = "Bearer " + second
	_, body = a.ask(false, http.StatusCreated, a.request(http.MethodPost, "/api/v1/tickets", "", bearer...))
	ticket := decoded[made](t, body).Protocol
	_, body = a.ask(true, http.StatusOK, a.request(http.MethodPost, "/control/login", "{}"))
	link, err := url.Parse(decoded[made](t, body).URL)
	if err != nil {
		t.Fatal(err)
	}
	resp, _ := a.ask(false, http.StatusSeeOther, a.request(http.MethodPost, link.Path, ""))
	session := resp.Cookies()[0].Value
	secrets := []string{first, second, ticket, filepath.Base(link.Path), session}
	for i, secret := range secrets {
		if len(secret) < 40 {
			t.Fatalf("secret %d is %q", i, secret)
		}
	}

	for _, path := range []string{"/api/v1/tokens", "/api/v1/sessions", "/api/v1/events?limit=200", "/api/v1/status", "/api/v1/devices?token=" + first, "/nothing/" + first} {
		status := http.StatusOK
		switch {
		case strings.Contains(path, "?token="):
			status = http.StatusBadRequest
		case strings.HasPrefix(path, "/nothing"):
			status = http.StatusNotFound
		}
		req := a.request(http.MethodGet, path, "", bearer...)
		if status == http.StatusNotFound {
			a.ask(false, status, req) // a page may name what was asked for
			continue
		}
		a.kept(false, status, req)
	}
	a.kept(false, http.StatusUnauthorized, a.request(http.MethodGet, "/api/v1/devices", "", "Authorization", "Bearer "+first[:len(first)-1]))
	a.kept(false, http.StatusOK, a.request(http.MethodGet, "/", "", "Cookie", "quorate_session="+session))
	a.kept(false, http.StatusUnauthorized, a.request(http.MethodPost, "/login", url.Values{"token": {first + "x"}}.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
	a.kept(false, http.StatusUnauthorized, a.request(http.MethodPost, link.Path, ""))
	s.event("the token is on record", func(e device.Event) bool {
		return e.Type == device.EventTokenCreated && strings.Contains(e.Text, `"phone"`) && strings.Contains(e.Text, "admin")
	})
	a.kept(true, http.StatusOK, a.request(http.MethodPost, "/control/support", `{"events":5000}`))
	inFiles(t, s.dir, secrets) // while the agent runs: the write-ahead log among them
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	inFiles(t, s.dir, secrets)
	for i, secret := range secrets {
		if strings.Contains(s.log.String(), secret) || strings.Contains(a.heard.String(), secret) {
			t.Errorf("secret %d is in the log or in an answer", i)
		}
	}

	// Token and session outlive the agent, the ticket and the link do not.
	s.start()
	a.ask(false, http.StatusOK, a.request(http.MethodGet, "/api/v1/tokens", "", bearer...))
	if all := s.keeper.Sessions(); len(all) != 1 {
		t.Errorf("sessions behind a restart: %+v", all)
	}
}

// inFiles wants no secret, and no hash of it that could be sent in its place, in any file.
func inFiles(t *testing.T, dir string, secrets []string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the agent at work has taken it away
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for i, secret := range secrets {
			if bytes.Contains(b, []byte(secret[4:])) {
				t.Errorf("secret %d is in %s", i, path)
			}
		}
		return err
	})
	if err != nil || files < 3 {
		t.Fatalf("%d files, %v", files, err)
	}
}

// A stream ends when its token is revoked, and so does one of a session when that is ended.
func TestRevokedEndsStreams(t *testing.T) {
	s := newStage(t, "", nil)
	a := &asker{t: t, s: s}
	secret, _, err := s.keeper.CreateToken(t.Context(), access.NewToken{Name: "wall", Scopes: []access.Scope{access.Read}})
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := s.keeper.LoginLink([]access.Scope{access.Read})
	if err != nil {
		t.Fatal(err)
	}
	resp, _ := a.ask(false, http.StatusSeeOther, a.request(http.MethodPost, access.LinkPath(link), ""))
	cookie := resp.Cookies()[0]
	open := func(path, name, value string) io.ReadCloser {
		resp, err := a.client(false).Do(a.request(http.MethodGet, path, "", name, value))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", path, resp, err)
		}
		return resp.Body
	}
	program := open("/api/v1/stream", "Authorization", "Bearer "+secret)
	defer func() { _ = program.Close() }()
	page := open("/live", "Cookie", cookie.Name+"="+cookie.Value)
	defer func() { _ = page.Close() }()
	if err := s.keeper.RevokeToken(t.Context(), "wall"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, program); err != nil { // it returns when the stream has ended
		t.Logf("the stream of the token ended with %v", err)
	}
	a.ask(false, http.StatusUnauthorized, a.request(http.MethodGet, "/api/v1/devices", "", "Authorization", "Bearer "+secret))
	if err := s.keeper.EndSession(t.Context(), s.keeper.Sessions()[0].Name); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, page); err != nil {
		t.Logf("the stream of the session ended with %v", err)
	}
}
