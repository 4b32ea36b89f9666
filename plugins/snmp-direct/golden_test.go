package snmpdirect

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// clock is a clock that tests move, and that agents read from their own goroutines.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// TestGoldens polls each recording in testdata twice, a minute apart, and compares the second observation: what the
// device sent, what we made of it. A case with want.err has a configuration that is refused.
func TestGoldens(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/config.json")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, config := range cases {
		dir := filepath.Dir(config)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			cfg, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			clock := newClock()
			var agent *snmpagent.Agent
			if walk, err := os.ReadFile(filepath.Join(dir, "walk.snmprec")); err == nil {
				rec, err := snmpagent.Load(bytes.NewReader(walk))
				if err != nil {
					t.Fatal(err)
				}
				agent = snmpagent.New(rec, snmpagent.Options{Clock: clock.now})
				addr, err := agent.Start()
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = agent.Close() }()
				cfg = bytes.ReplaceAll(cfg, []byte("ADDRESS"), []byte(addr))
				cfg = bytes.ReplaceAll(cfg, []byte("PROFILES"), []byte(ownFolder(t, filepath.Join(dir, "profiles"))))
			} else if !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			s := newSource(clock.now)
			if err := s.Configure(t.Context(), cfg); err != nil {
				golden(t, filepath.Join(dir, "want.err"), err.Error()+"\n")
				return
			}
			first := poll(t, s)
			if agent != nil {
				traffic(agent)
			}
			clock.add(time.Minute)
			second := poll(t, s)
			for i := range second {
				if d := cmp.Diff(first[i].Claims, second[i].Claims); d != "" {
					t.Errorf("an unchanged device changed its claims:\n%s", d)
				}
				if d := cmp.Diff(first[i].Identity, second[i].Identity); d != "" {
					t.Errorf("an unchanged device changed its identity:\n%s", d)
				}
			}
			golden(t, filepath.Join(dir, "want.json"), pretty(t, second))
		})
	}
}

// ownFolder copies a case's own profiles to where only their owner may change them: a checkout may let others.
func ownFolder(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(f)] = string(b)
	}
	return folder(t, texts)
}

// traffic lets the counters of the first interfaces move, where the device has them.
func traffic(agent *snmpagent.Agent) {
	const hc, table = "1.3.6.1.2.1.31.1.1.1.", "1.3.6.1.2.1.2.2.1."
	for oid, perSecond := range map[string]float64{
		hc + "6.1": 1500, hc + "10.1": 4000, hc + "6.2": 250, hc + "10.2": 125, table + "10.2": 250, table + "16.2": 125, table + "14.1": 0.5, table + "13.1": 2,
	} {
		_ = agent.SetRate(oid, perSecond) // an object that this device does not have stays away
	}
}

func poll(t testing.TB, s *Source) []device.Observation {
	t.Helper()
	var all []device.Observation
	err := s.Poll(t.Context(), func(o device.Observation) error {
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", o.Ref, err)
		}
		all = append(all, o)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// pretty writes observations with a claim, a reading and a link a line, so that a change of one is a line of a diff.
func pretty(t *testing.T, all []device.Observation) string {
	t.Helper()
	var b strings.Builder
	line := func(v any) {
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(j)
		b.WriteByte('\n')
	}
	for _, o := range all {
		head := o
		head.Claims, head.Readings, head.Links, head.Alerts = nil, nil, nil, nil
		line(head)
		for _, c := range o.Claims {
			line(c)
		}
		for _, r := range o.Readings {
			if r.Component != "snmp" { // what a busy machine made of the answers
				line(r)
			}
		}
		for _, l := range o.Links {
			line(l)
		}
		for _, a := range o.Alerts {
			line(a)
		}
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (rewrite with -update and review): -want +got\n%s", path, d)
	}
}
