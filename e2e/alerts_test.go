package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestAlertsOfAnAgent: what a source reports by itself is told once when it comes and once when it goes, however often
// the agent is killed between, whatever its text says with each poll; and the record judged again tells the same.
func TestAlertsOfAnAgent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := filepath.Join(dir, "said.jsonl")
	full := 0
	say := func(alerts ...string) {
		t.Helper()
		full++
		line := fmt.Sprintf(`{"ref":"1","name":"nas1","addresses":["192.0.2.1"],"claims":[{"facet":"reach","state":"up"}],"alerts":[%s]}`, strings.Join(alerts, ","))
		// In one step, since the source may read it at any time.
		if err := os.Rename(write(t, said+".new", strings.ReplaceAll(line, "FULL", fmt.Sprint(90+full%10))+"\n"), said); err != nil {
			t.Fatal(err)
		}
	}
	volume := `{"ref":"7","component":"volume:1","class":"storage","severity":%q,"state":"firing","since":"2026-01-01T00:00:00Z","text":"volume 1 is FULL %% full"}`
	warning, critical := fmt.Sprintf(volume, "warning"), fmt.Sprintf(volume, "critical")
	logged := `{"ref":"log-1","class":"other","severity":"info","state":"logged","text":"somebody logged in"}`
	config := write(t, filepath.Join(dir, "quorate.hcl"), fmt.Sprintf(`agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}
source "exec" "nas" {
  interval = "300ms"
  config {
    command = ["/bin/cat", %q]
  }
}
`, said))
	s := &site{dir: dir, config: config}
	story := func(a *agent) (lines []string) {
		for _, line := range a.record(t) {
			var e device.Event
			decodeLine(t, string(line), &e)
			if strings.HasPrefix(string(e.Type), "alert.") {
				lines = append(lines, fmt.Sprintf("%s %s %s>%s %s", e.Type, e.Alert, e.From, e.To, e.Reason))
			}
		}
		return lines
	}
	polled := func(a *agent) {
		t.Helper()
		before := a.source(t, "nas").LastSuccess
		for n := range 3 {
			eventually(t, fmt.Sprintf("poll %d after that", n+1), func() bool {
				now := a.source(t, "nas").LastSuccess
				later := now.After(before)
				if later {
					before = now
				}
				return later
			})
		}
	}
	want := []string{}
	for _, step := range []struct {
		say  []string
		told []string
	}{
		{[]string{warning, logged}, []string{"alert.opened 7 >warning firing"}},
		{[]string{warning, logged}, nil}, // another number in its text
		{[]string{critical}, []string{"alert.changed 7 warning>critical firing"}},
		{[]string{critical}, nil},
		{nil, []string{"alert.closed 7 critical> "}},
		{[]string{warning}, []string{"alert.opened 7 >warning firing"}},
	} {
		say(step.say...)
		want = append(want, step.told...)
		a := s.agent(t)
		eventually(t, fmt.Sprintf("%q", want), func() bool { return slices.Equal(story(a), want) })
		polled(a)
		if got := story(a); !slices.Equal(got, want) {
			t.Fatalf("after three polls more (-want +got):\n%s", cmp.Diff(want, got))
		}
		a.kill()
	}
	a := s.agent(t)
	polled(a)
	if table := s.command().ok(t, "alerts"); !strings.Contains(table, "volume 1 is") || !strings.Contains(table, "nas1") {
		t.Errorf("quorate alerts:\n%s", table)
	}
	if text := s.command().ok(t, "events", "--limit", "100"); !strings.Contains(text, "nas no longer reports on nas1: volume 1 is") {
		t.Errorf("quorate events:\n%s", text)
	}
	a.stop(t, 0)
	var again struct {
		Drift map[string]any `json:"drift"`
	}
	text := s.command().ok(t, "backtest", "--json")
	summary, _, _ := strings.Cut(text, "\n")
	decodeLine(t, summary, &again)
	if again.Drift["before"] != 0.0 || again.Drift["inside"] != 0.0 {
		t.Errorf("the record judged again tells another story:\n%s", text)
	}
}
