package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// What is planted. Every secret holds one of the two canaries; the marker is no secret, and is found wherever a secret
// that stood beside it could have been.
const (
	planted       = lab.Canary
	plantedDigits = lab.CanaryDigits
	marker        = "marker-in-the-body"
	// known is a device of the lab: whatever is said of the lab says this.
	known = "nas-1"
)

// canaries finds the planted secrets in b, plain and in the codings that a secret travels in.
func canaries(b []byte) []string {
	var found []string
	text := strings.ToLower(string(b))
	look := func(what, form string) {
		if i := strings.Index(text, strings.ToLower(form)); i >= 0 {
			found = append(found, fmt.Sprintf("%s: %q", what, text[max(0, i-60):min(len(text), i+60)]))
		}
	}
	for _, c := range []string{planted, plantedDigits} {
		look("plain", c)
		look("hex", hex.EncodeToString([]byte(c)))
		look("percent", "%"+strings.ToUpper(hex.EncodeToString([]byte(c[:1])))+"%"+strings.ToUpper(hex.EncodeToString([]byte(c[1:2]))))
		// In base64 a text looks otherwise at each of three offsets; its ends depend on what stands beside it.
		for offset := range 3 {
			coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + c))
			coded = strings.TrimRight(coded, "=")
			from := (offset*8 + 5) / 6
			if whole := coded[from : len(coded)-1]; bytes.Contains(b, []byte(whole)) {
				found = append(found, "base64: "+whole)
			}
		}
	}
	return found
}

// TestSecretSearch: the search finds what it looks for.
func TestSecretSearch(t *testing.T) {
	for _, text := range []string{
		"a " + planted + " b", "a canary b", "a%43%41NARY", "x=" + plantedDigits + "99",
		hex.EncodeToString([]byte("token " + planted)),
		base64.StdEncoding.EncodeToString([]byte("user:" + planted + "-token")),
		base64.StdEncoding.EncodeToString([]byte("users:" + planted + "-token")),
		base64.URLEncoding.EncodeToString([]byte("userss:" + planted + "-token")),
	} {
		if len(canaries([]byte(text))) == 0 {
			t.Errorf("not found in %q", text)
		}
	}
	if found := canaries([]byte(marker + " " + known + " 1234567890 (secret)")); len(found) > 0 {
		t.Errorf("found where there is none: %q", found)
	}
}

// sightings collects all places where a secret was looked for.
type sightings struct {
	t *testing.T

	mu     sync.Mutex
	places int
}

// look wants no secret at a place, and control there: without it the place would prove nothing.
func (s *sightings) look(place string, b []byte, control string) {
	s.t.Helper()
	s.mu.Lock()
	s.places++
	s.mu.Unlock()
	if found := canaries(b); len(found) > 0 {
		s.t.Errorf("%s holds a secret: %q", place, found)
	}
	if control != "" && !bytes.Contains(b, []byte(control)) {
		s.t.Errorf("%s does not hold %q, so that nothing is proven there:\n%.2000s", place, control, b)
	}
}

// TestSecretsAndCommands: what commands say of a lab full of secrets, and of servers that repeat them.
func TestSecretsAndCommands(t *testing.T) {
	t.Parallel()
	s := newSecretSite(t)
	seen := &sightings{t: t}
	run := func(code int, control string, args ...string) {
		t.Helper()
		r := s.command().run(t, args...)
		if r.code != code {
			t.Errorf("quorate %s: exit %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
		}
		seen.look("quorate "+strings.Join(args[:min(3, len(args))], " "), []byte(r.stdout+r.stderr), control)
	}
	run(0, "", "validate", s.config)
	run(0, known, "agent", "--check")
	sources := []string{"librenms", "prtg", "prtg-password", "prtg-passhash", "snmp"}
	for _, name := range sources {
		run(0, known, "source", "poll", name, "--json")
		run(0, known, "source", "check", name)
	}
	for i, how := range repetitions {
		s.all(how)
		control := controlOf("prtg", how)
		run(1, control, "agent", "--check")
		run(1, controlOf(sources[i%4], how), "source", "poll", sources[i%4])
		run(1, controlOf(sources[(i+2)%4], how), "source", "check", sources[(i+2)%4], "--json")
		address := ""
		for _, e := range s.env {
			if v, ok := strings.CutPrefix(e, "URL_LIBRENMS="); ok {
				address = v
			}
		}
		token := write(t, filepath.Join(t.TempDir(), "token"), s.secrets["TOKEN_LIBRENMS"]+"\n")
		run(1, controlOf("librenms", how), "init", t.TempDir(), "--librenms-url", address, "--librenms-token", "@"+token)
	}
	s.all("")
	// The servers did hear the secrets, all of them.
	for name, secret := range map[string]string{
		"LIBRENMS": s.secrets["TOKEN_LIBRENMS"], "PRTG": s.secrets["TOKEN_PRTG"], "PASSWORD": s.secrets["PASSWORD"], "PASSHASH": plantedDigits + "99",
	} {
		heard, err := url.QueryUnescape(strings.ReplaceAll(string(s.parrots[name].heard), "+", "%2B"))
		if err != nil {
			heard = string(s.parrots[name].heard)
		}
		if !strings.Contains(heard, secret) && !strings.Contains(strings.ReplaceAll(heard, "+", " "), secret) {
			t.Errorf("%s never heard its secret: nothing is proven", name)
		}
	}
	// What does not load is not shown either.
	for block, says := range map[string]string{
		"credential \"v3\" \"x\" {\n user = \"u\"\n auth_password = env(\"PASSWORD\")\n priv_protocol = \"AES-128\"\n priv_password = env(\"WRONG_COMMUNITY\")\n}": "v3",
		"credential \"v2c\" \"x\" {\n community = \"" + planted + "-literal\"\n}":                                                                                  "****",
	} {
		path := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), "source \"snmp-direct\" \"snmp\" {\n  config {\n    "+block+"\n    target \"a\" {\n      address = \"192.0.2.1\"\n    }\n  }\n}\n")
		run(1, says, "validate", path)
	}
	s.lookFiles(seen, s.temp, "")
	if seen.places < 30 {
		t.Errorf("%d places were looked at", seen.places)
	}
}

// lookFiles looks into every file below dir, byte by byte. One of those with that suffix must hold the known device.
func (s *secretSite) lookFiles(seen *sightings, dir, suffix string) {
	seen.t.Helper()
	held := suffix == ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil // a file of the moment
		}
		held = held || strings.HasSuffix(path, suffix) && bytes.Contains(b, []byte(known))
		if info, err := d.Info(); err == nil && filepath.Base(path) == "registry.json" && info.Mode().Perm() == 0o600 {
			return nil // what no post may show: the leak check cannot look for what it does not know
		}
		seen.look(filepath.Base(path), b, "")
		return err
	})
	if err != nil {
		seen.t.Fatal(err)
	}
	if !held {
		seen.t.Errorf("no %s in %s holds %q", suffix, dir, known)
	}
}

// TestSecretsAndAgent: a running agent with every kind of secret, while its monitors repeat them in every way.
func TestSecretsAndAgent(t *testing.T) {
	t.Parallel()
	s := newSecretSite(t)
	seen := &sightings{t: t}
	p := start(t, s.env, s.dir, "agent", "--config", s.config, "--log-level", "debug")
	a := &agent{process: p, url: p.address()}
	live := a.stream(t, 0)
	// More than there are: what has no address is another device to each of three PRTG sources.
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) >= 68 })
	s.lookProcesses(seen, a)
	s.push(t, seen, a)
	s.lookAnswers(t, seen, a, known)
	for _, how := range repetitions {
		s.all(how)
		eventually(t, "all monitors fail: "+how, func() bool {
			for _, name := range []string{"librenms", "prtg", "prtg-password", "prtg-passhash"} {
				failure := a.source(t, name).LastError
				if !strings.Contains(failure, controlOf(name, how)) {
					return false
				}
			}
			return true
		})
		for _, name := range []string{"librenms", "prtg", "prtg-password", "prtg-passhash"} {
			seen.look(name+" "+how, []byte(a.source(t, name).LastError), "")
		}
		if how == repetitions[0] || how == repetitions[len(repetitions)-1] {
			s.lookAnswers(t, seen, a, known)
			s.push(t, seen, a)
		}
		s.lookFiles(seen, filepath.Join(s.dir, "data"), "-wal")
	}
	s.lookProcesses(seen, a)
	var frames strings.Builder
	for _, f := range live.all() {
		frames.WriteString(f.data)
	}
	if hub := s.parrots["HUB"]; len(canaries(hub.heardAll())) == 0 {
		t.Error("the webhook never heard its secrets: nothing is proven")
	}
	seen.look("the live stream", []byte(frames.String()), marker)
	live.close()
	a.stop(t, 0)
	seen.look("the log", []byte(a.output()), marker)
	seen.look("what the log says of the webhook", []byte(a.output()), "POST to 127.0.0.1:")
	s.lookFiles(seen, filepath.Join(s.dir, "data"), ".db")
	s.lookFiles(seen, s.temp, "")
	for _, args := range [][]string{{"explain", known}, {"backtest"}} { // without an agent, from the record
		r := s.command().run(t, args...)
		seen.look(strings.Join(args, " "), []byte(r.stdout+r.stderr), "")
	}
	if seen.places < 100 {
		t.Errorf("%d places were looked at", seen.places)
	}
}
