package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// lookProcesses looks at what anybody on the machine sees of the plugins, and at what their owner sees.
func (s *secretSite) lookProcesses(seen *sightings, a *agent) {
	seen.t.Helper()
	plugins := 0
	for _, c := range a.children() {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.pid))
		if err != nil {
			continue // it has ended
		}
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", c.pid))
		if err != nil {
			continue
		}
		plugins++
		seen.look("a plugin's command line", line, "plugin")
		seen.look("a plugin's environment", env, "QUORATE")
	}
	if plugins < 5 {
		seen.t.Errorf("%d plugins of 5 were looked at", plugins)
	}
	// The agent itself was given the secrets that way: the search would find them.
	if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", a.cmd.Process.Pid)); err != nil || len(canaries(env)) == 0 {
		seen.t.Errorf("the search finds nothing in the agent's own environment: %v", err)
	}
}

// push sends pushes with the right token, a wrong one, and in ways that are refused.
func (s *secretSite) push(t *testing.T, seen *sightings, a *agent) {
	t.Helper()
	for _, path := range []string{
		"/hooks/librenms/" + s.secrets["PUSH_LIBRENMS"], "/hooks/librenms/" + s.secrets["PUSH_LIBRENMS"] + "/api/v2/alerts",
		"/hooks/prtg/" + s.secrets["PUSH_PRTG"], "/hooks/prtg/" + planted + "-wrong-0123456789", "/hooks/nobody/" + s.secrets["PUSH_PRTG"],
		"/hooks/librenms", "/api/v1/devices/" + s.secrets["PUSH_PRTG"] + "-asked",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+path, strings.NewReader(`[{"labels":{"x":"`+planted+`"}}]`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		seen.look(fmt.Sprintf("the answer %d to a push", resp.StatusCode), b, "")
		seen.look("its header", fmt.Append(nil, resp.Header), "")
	}
}

// placeholder is a part of a route that names something.
var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// answerTo is the body of an answer; of a stream all that is on record, and what comes within a second more.
func answerTo(t *testing.T, client *http.Client, url string) []byte {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream := strings.HasSuffix(url, "/stream")
	if stream {
		url += "?after=0"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if stream {
		time.AfterFunc(time.Second, cancel)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil && (!stream || !errors.Is(err, context.Canceled)) {
		t.Fatalf("%s: %v", url, err)
	}
	if stream && len(b) == 0 {
		t.Errorf("%s: nothing came", url)
	}
	return b
}

// lookAnswers reads every route, as a browser does and over the socket, and what the commands make of them.
func (s *secretSite) lookAnswers(t *testing.T, seen *sightings, a *agent, control string) {
	t.Helper()
	var spec struct {
		Paths map[string]any `json:"paths"`
	}
	a.get(t, "/api/v1/openapi.json", &spec)
	paths := []string{
		"/", "/events", "/events.jsonl", "/coverage", "/sources", "/sources/librenms", "/disagreements", "/incidents", "/milestones", "/maintenance", "/configuration", "/rejected",
		"/login", "/devices/" + known, "/nothing", "/api/v1/openapi.json", "/api/v1/devices/nobody", "/api/v1/sources/librenms", "/api/v1/sources/prtg",
	}
	for path := range spec.Paths {
		paths = append(paths, placeholder.ReplaceAllString(path, known))
	}
	slices.Sort(paths)
	if len(paths) < 20 {
		t.Fatalf("%d routes", len(paths))
	}
	socket, err := filepath.Glob(filepath.Join(s.dir, "data", "*.sock"))
	if err != nil || len(socket) != 1 {
		t.Fatalf("sockets: %q, %v", socket, err)
	}
	over := map[string]*http.Client{
		a.url: http.DefaultClient,
		"http://localhost": {Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket[0])
		}}},
	}
	named := []string{"/", "/api/v1/devices", "/devices/" + known, "/api/v1/devices/" + known}
	for base, client := range over {
		for _, path := range paths {
			b := answerTo(t, client, base+path)
			want := ""
			if slices.Contains(named, path) && (base == a.url || strings.HasPrefix(path, "/api")) {
				want = control
			}
			seen.look(path, b, want)
		}
	}
	for _, args := range [][]string{
		{"devices"}, {"sources"}, {"events", "--limit", "100000"}, {"alerts"}, {"alerts", "--json"}, {"disputes"}, {"coverage", "--all"}, {"explain", known}, {"sinks"}, {"sinks", "--json"}, {"status"},
		{"device", "show", known}, {"maintenance", "list"}, {"identity", "simulate", "--map", "192.0.2.0/24=198.51.100.0/24"},
		{"device", "forget", known, "--dry-run"}, {"ack", "nobody"},
	} {
		r := s.command().run(t, args...)
		seen.look("quorate "+args[0], []byte(r.stdout+r.stderr), "")
	}
}
