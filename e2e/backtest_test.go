package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// backtested is what "quorate backtest --json" prints.
type backtested struct {
	Same         bool          `json:"same"`
	Other        bool          `json:"other_settings"`
	Polls        int           `json:"polls"`
	SameVerdicts int           `json:"same_verdicts"`
	Was          backtestTotal `json:"recorded"`
	Would        backtestTotal `json:"would_be"`
	Drift        struct {
		Before, Inside int
		Recorded, Now  string
	} `json:"drift"`

	differences []string
	devices     map[string]backtestTotal // as they would be
}

type backtestTotal struct {
	Verdicts                             int
	Up, Down, Unknown, Disputed, Pending device.Duration
}

func (c command) backtest(t *testing.T, args ...string) backtested {
	t.Helper()
	var b backtested
	b.devices = map[string]backtestTotal{}
	for line := range strings.Lines(c.ok(t, append([]string{"backtest", "--json"}, args...)...)) {
		var l struct{ Type string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		switch l.Type {
		case "summary":
			decodeLine(t, line, &b)
		case "difference":
			var d struct {
				Device      device.Name
				From, Until time.Time
				Recorded    string
				WouldBe     string `json:"would_be"`
			}
			decodeLine(t, line, &d)
			b.differences = append(b.differences, d.From.Format("15:04:05")+"-"+d.Until.Format("15:04:05")+" "+d.Device.Name+": "+d.Recorded+", would be "+d.WouldBe)
		case "device":
			var d struct {
				Device  device.Name
				WouldBe backtestTotal `json:"would_be"`
			}
			decodeLine(t, line, &d)
			b.devices[d.Device.Name] = d.WouldBe
		}
	}
	return b
}

// TestBacktestBesideTheAgent judges what a real agent records again, while it runs, after it was killed, and when it has
// stopped: by its own settings there is never a difference.
func TestBacktestBesideTheAgent(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := s.agent(t)
	up := func() bool {
		devices := a.devices(t)
		return countStatus(devices, device.StatusUp) == 68 && countVoting(devices, 2) == 11
	}
	eventually(t, "68 devices up", up)
	same := func(when string) backtested {
		t.Helper()
		b := s.command().backtest(t, "--config", s.config, "--since", "1h")
		if !b.Same || b.Other || b.Polls == 0 || b.SameVerdicts != b.Was.Verdicts || b.Was.Verdicts < 68 {
			t.Errorf("%s: %+v", when, b)
		}
		return b
	}
	same("beside a running agent")
	if err := s.World.Kill(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "15 devices down", func() bool { return countStatus(a.devices(t), device.StatusDown) == 15 })
	a.kill()
	a = s.agent(t)
	if err := s.World.Revive(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "68 devices up again", up)
	a.stop(t, 0)
	if b := same("a kill, a restart and a stop later"); b.Was.Verdicts < 68+2*15 {
		t.Errorf("%d verdicts, want those of 68 devices first seen and of 15 that went down and came back", b.Was.Verdicts)
	}
	if text := s.command().ok(t, "backtest", "--data", s.data(), "--since", "1h"); !strings.HasPrefix(text, "no difference: ") {
		t.Errorf("by the settings of then: %s", text)
	}

	// 57 devices have one witness: with a quorum of two nothing is known of them at any time.
	stricter := write(t, filepath.Join(s.dir, "stricter.hcl"), strings.Replace(read(t, s.config), "consensus {", "consensus {\n  quorum = 2", 1))
	b := s.command().backtest(t, "--config", stricter, "--since", "1h")
	never := 0
	for _, d := range b.devices {
		if d.Up == 0 && d.Down == 0 && d.Unknown > 0 {
			never++
		}
	}
	if never != 57 || b.Same || !b.Other || b.Was.Unknown >= b.Would.Unknown {
		t.Errorf("with a quorum of two %d devices are never known, want 57; %d differences", never, len(b.differences))
	}
}

// TestBacktestByOtherSettings is worked out by hand. In two_disagree librenms calls nas1 up and prtg calls it down, from
// 00:05 to the end: the dispute opens at 00:06, when both have looked again, and after ten minutes nas1 is unknown. In
// one_witness prtg alone calls it down at 00:05 and 00:06, and up again from 00:07 on.
func TestBacktestByOtherSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scenario, settings string
		want                     []string
	}{
		{"the same", "two_disagree", "consensus {\n  confirm = 3\n}", nil},
		{"a shorter dispute", "two_disagree", "consensus {\n  dispute_timeout = \"5m\"\n}", []string{
			"00:11:00-00:16:00 nas1: up, would be unknown",
		}},
		{"a dispute that ends in down", "two_disagree", "consensus {\n  on_dispute = \"down\"\n}", []string{
			"00:16:00-00:20:00 nas1: unknown, would be down",
		}},
		// Its third measurement comes at 00:07, and two thirds are no dispute.
		{"prtg weighs twice", "two_disagree", "device \"nas1\" {\n  trust = {\n    prtg = 2\n  }\n}", []string{
			"00:06:00-00:20:00 nas1: disputed, would be agreed",
			"00:07:00-00:16:00 nas1: up, would be down",
			"00:16:00-00:20:00 nas1: unknown, would be down",
		}},
		{"one measurement is enough", "one_witness", "consensus {\n  confirm = 1\n}", []string{
			"00:05:00-00:07:00 nas1: up, would be down",
		}},
		{"a quorum of two", "one_witness", "consensus {\n  quorum = 2\n}", []string{
			"00:00:00-00:10:00 nas1: up, would be unknown",
		}},
		// Nobody contests alone.
		{"no patience in disputes", "one_witness", "consensus {\n  dispute_timeout = \"1s\"\n}", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder, err := filepath.Abs(filepath.Join("testdata", "replay", c.scenario))
			if err != nil {
				t.Fatal(err)
			}
			config := filepath.Join(folder, "quorate.hcl")
			run := command{dir: t.TempDir()}
			run.ok(t, "replay", "--config", config, "--keep", "kept", filepath.Join(folder, "scenario.jsonl"))
			other := write(t, filepath.Join(run.dir, "other.hcl"), read(t, config)+"\n"+c.settings+"\n")
			b := run.backtest(t, "--config", other, "--data", "kept", "--since", "2026-01-01T00:00:00Z")
			if d := cmp.Diff(c.want, b.differences); d != "" {
				t.Errorf("differences (-want +got):\n%s", d)
			}
			if b.Same != (len(c.want) == 0) || b.Drift.Before+b.Drift.Inside > 0 {
				t.Errorf("the same: %v; drift %+v", b.Same, b.Drift)
			}
		})
	}
}
