package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// scenario is one folder of testdata/replay: a configuration, snapshots, and what is made of them.
type scenario struct{ name, config, file string }

func scenarios(t *testing.T) []scenario {
	t.Helper()
	files, err := filepath.Glob("testdata/replay/*/scenario.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/replay: %d scenarios, %v", len(files), err)
	}
	var all []scenario
	for _, f := range files {
		path, err := filepath.Abs(f)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(path)
		all = append(all, scenario{filepath.Base(dir), filepath.Join(dir, "quorate.hcl"), path})
	}
	return all
}

// replayed is what quorate replay --json --state printed.
type replayed struct {
	Events  []device.Event
	Devices []device.Current
	Sources []device.SourceStatus
}

func parseReplay(t *testing.T, out string) replayed {
	t.Helper()
	var r replayed
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, `{"type":"state"`) {
			var state struct {
				Devices []device.Current
				Sources []device.SourceStatus
			}
			decodeLine(t, line, &state)
			r.Devices, r.Sources = state.Devices, state.Sources
			continue
		}
		var e device.Event
		decodeLine(t, line, &e)
		if e.Seq != int64(len(r.Events)+1) {
			t.Fatalf("event %d has the sequence number %d", len(r.Events)+1, e.Seq)
		}
		r.Events = append(r.Events, e)
	}
	if r.Sources == nil || !strings.HasPrefix(lastLine(out), `{"type":"state"`) {
		t.Fatalf("the last line is not the state: %s", lastLine(out))
	}
	return r
}

func decodeLine(t *testing.T, line string, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), out); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
}

func lastLine(s string) string {
	s = strings.TrimRight(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// summary is the state in a form that a person reviews.
func (r replayed) summary() string {
	var b strings.Builder
	for _, d := range r.Devices {
		fmt.Fprintf(&b, "%s: %s, %s", d.Name, d.Status, d.Standing)
		if d.Reason != "" {
			fmt.Fprintf(&b, ", reason %s", d.Reason)
		}
		if d.RedundancyLost {
			b.WriteString(", redundancy lost")
		}
		for _, o := range d.Overlays {
			fmt.Fprintf(&b, ", %s", o)
		}
		fmt.Fprintf(&b, ", since %s, %d of %d witnesses vote\n", d.Since.Format("15:04:05"), d.Witnesses.Voting, d.Witnesses.Enrolled)
		for _, v := range d.Votes {
			word := fmt.Sprintf("counts %.2f", v.Weight)
			if v.Abstain != "" {
				word = "abstains: " + string(v.Abstain)
			}
			fmt.Fprintf(&b, "  %s: %s %s, %s\n", v.Source, v.Facet, v.State, word)
		}
	}
	for _, s := range r.Sources {
		last := "never"
		if !s.LastSuccess.IsZero() {
			last = s.LastSuccess.Format("15:04:05")
		}
		fmt.Fprintf(&b, "source %s: %s, %d devices, last success %s, %d false alarms\n", s.Name, s.Health, s.Devices, last, s.FalseAlarms)
	}
	return b.String()
}

// TestReplay holds what each scenario prints, that it prints the same bytes twice, whatever the time zone and the
// folder, and the outcome of the worked cases as stated by hand: a wrong golden file cannot hide.
func TestReplay(t *testing.T) {
	cases := allCases()
	found := map[string]bool{}
	for _, s := range scenarios(t) {
		found[s.name] = true
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			first := command{}.ok(t, "replay", "--config", s.config, "--json", "--state", s.file)
			second := command{env: []string{"TZ=Asia/Tokyo"}}.ok(t, "replay", "--config", s.config, "--json", "--state", s.file)
			if first != second {
				t.Error("two runs print different bytes:\n" + cmp.Diff(first, second))
			}
			got := parseReplay(t, first)
			if want, ok := cases[s.name]; ok {
				want.check(t, got)
			}
			human := command{}.ok(t, "replay", "--config", s.config, s.file)
			var b strings.Builder
			for line := range strings.Lines(human) {
				if !strings.Contains(line, "  device.discovered  ") {
					b.WriteString(line)
				}
			}
			b.WriteString("\n" + got.summary())
			golden := filepath.Join(filepath.Dir(s.file), "want.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(read(t, golden), b.String()); diff != "" {
				t.Errorf("%s (-want +got; -update rewrites it, then review it):\n%s", golden, diff)
			}
		})
	}
	for name := range cases {
		if !found[name] {
			t.Errorf("the worked case %s has no scenario", name)
		}
	}
}

// outcome is what must come of a worked case, in the words of the rules and not in those of the program's output.
type outcome struct {
	devices int
	// mixed says that the devices differ: also looks at them.
	mixed bool
	// At the end of the file, of every device.
	status         device.Status
	standing       device.Standing
	reason         string
	redundancyLost bool
	since          string
	voting, of     int
	// overlaid names the overlays of a device; nil means that there are none.
	overlaid func(name string) []device.OverlayKind
	// health of the sources that are not up.
	health map[string]device.Health
	// verdicts is what every device's verdict becomes, from the first to the last.
	verdicts []string
	// events is how many there are of each type, but for verdict.changed and what every scenario begins with. A type
	// that is not listed must not occur.
	events map[device.EventType]int
	also   func(t *testing.T, r replayed)
}

func (o outcome) check(t *testing.T, r replayed) {
	t.Helper()
	if len(r.Devices) != o.devices {
		t.Errorf("%d devices, want %d", len(r.Devices), o.devices)
	}
	for _, d := range r.Devices {
		if o.mixed {
			break
		}
		type held struct {
			Status         device.Status
			Standing       device.Standing
			Reason         string
			RedundancyLost bool
			Overlays       []device.OverlayKind
			Since          string
			Voting, Of     int
		}
		overlays := []device.OverlayKind{}
		if o.overlaid != nil {
			overlays = append(overlays, o.overlaid(d.Name)...)
		}
		want := held{o.status, o.standing, o.reason, o.redundancyLost, overlays, o.since, o.voting, o.of}
		got := held{d.Status, d.Standing, d.Reason, d.RedundancyLost, d.Overlays, d.Since.Format("15:04:05"), d.Witnesses.Voting, d.Witnesses.Enrolled}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.Name, diff)
		}
		if diff := cmp.Diff(o.verdicts, r.verdicts(d.ID)); diff != "" {
			t.Errorf("verdicts of %s (-want +got):\n%s", d.Name, diff)
		}
	}
	for _, s := range r.Sources {
		want, ok := o.health[s.Name]
		if !ok {
			want = device.HealthUp
		}
		if s.Health != want {
			t.Errorf("source %s is %s, want %s", s.Name, s.Health, want)
		}
	}
	counts := map[device.EventType]int{}
	for _, e := range r.Events {
		switch e.Type {
		case device.EventDeviceDiscovered, device.EventSourceUp, device.EventVerdictChanged:
		default:
			counts[e.Type]++
		}
	}
	want := o.events
	if want == nil {
		want = map[device.EventType]int{}
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if o.also != nil {
		o.also(t, r)
	}
}

// verdicts tells the verdicts of a device in order: when, what and how sure.
func (r replayed) verdicts(id device.ID) []string {
	var all []string
	for _, e := range r.Events {
		if e.Type == device.EventVerdictChanged && e.Device.ID == id {
			all = append(all, fmt.Sprintf("%s %s %s", e.At.Format("15:04:05"), e.To, e.Standing))
		}
	}
	return all
}

// only returns the one event of that type.
func (r replayed) only(t *testing.T, kind device.EventType) device.Event {
	t.Helper()
	var found []device.Event
	for _, e := range r.Events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d events %s, want 1", len(found), kind)
	}
	return found[0]
}

// sums returns the weights for up and for down among the votes on reach.
func sums(votes []device.Vote) (up, down float64) {
	for _, v := range votes {
		switch {
		case v.Facet != device.FacetReach:
		case v.State == device.StateUp:
			up += v.Weight
		case v.State == device.StateDown:
			down += v.Weight
		}
	}
	return up, down
}

func wantText(t *testing.T, e device.Event, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(e.Text, w) {
			t.Errorf("%s says %q, without %q", e.Type, e.Text, w)
		}
	}
}

// TestReplayOrderFree is the worked case order_free: the order of the snapshots of one instant cannot matter.
func TestReplayOrderFree(t *testing.T) {
	for _, s := range scenarios(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			want := command{}.ok(t, "replay", "--config", s.config, "--json", "--state", s.file)
			for seed := range uint64(2) {
				shuffled := shuffleInstants(t, read(t, s.file), seed)
				got := command{stdin: shuffled}.ok(t, "replay", "--config", s.config, "--json", "--state", "-")
				if got != want {
					t.Errorf("seed %d:\n%s", seed, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
				}
			}
		})
	}
}

// shuffleInstants permutes the lines that carry the same time, and the observations in each of them.
func shuffleInstants(t *testing.T, file string, seed uint64) string {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	var instants [][]string
	at := ""
	for line := range strings.Lines(file) {
		var s map[string]json.RawMessage
		decodeLine(t, line, &s)
		if len(instants) == 0 || string(s["at"]) != at {
			at, instants = string(s["at"]), append(instants, nil)
		}
		if raw, ok := s["observations"]; ok {
			var list []json.RawMessage
			decodeLine(t, string(raw), &list)
			rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			s["observations"] = encode(t, list)
		}
		instants[len(instants)-1] = append(instants[len(instants)-1], string(encode(t, s))+"\n")
	}
	var b strings.Builder
	for _, lines := range instants {
		rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		b.WriteString(strings.Join(lines, ""))
	}
	return b.String()
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	replayConfig = "source \"prtg\" \"prtg\" {\n  interval = \"60s\"\n}\n"
	goodLine     = `{"at":"2026-01-01T00:00:00Z","source":"prtg","observations":[{"ref":"1","name":"nas1","addresses":["192.0.2.10"],"claims":[{"facet":"reach","state":"up"}]}]}` + "\n"
)

// TestReplayBadLines: a mistake in the file is named by its line and ends with 2.
func TestReplayBadLines(t *testing.T) {
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	for _, c := range []struct{ name, line, says string }{
		{"no JSON", "nonsense", "invalid character"},
		{"cut off", `{"at":"2026-01-01T00:01:00Z","source":"prtg","observations":[{"ref":`, "unexpected end"},
		{"no time", `{"source":"prtg"}`, `"at" is missing`},
		{"a list", `[]`, ""},
		{"no source", `{"at":"2026-01-01T00:01:00Z","observations":[{"ref":"1"}]}`, `"source" is missing`},
		{"failed and full", `{"at":"2026-01-01T00:01:00Z","source":"prtg","error":"timeout","observations":[{"ref":"1"}]}`, "carries no observations"},
		{"back in time", `{"at":"2025-12-31T23:59:59Z","source":"prtg","observations":[]}`, "back in time"},
		{"unknown source", `{"at":"2026-01-01T00:01:00Z","source":"nobody","observations":[]}`, `"nobody"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// An empty line is passed over and still counts.
			r := command{stdin: goodLine + "\n" + c.line + "\n" + goodLine}.run(t, "replay", "--config", config, "--json", "--state", "-")
			if r.code != 2 || !strings.Contains(r.stderr, "line 3: ") || !strings.Contains(r.stderr, c.says) {
				t.Errorf("exit %d, standard error %q; want 2, line 3 and %q", r.code, r.stderr, c.says)
			}
			if strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("more than one line: %q", r.stderr)
			}
			if strings.Contains(r.stdout, `"type":"state"`) {
				t.Error("a replay that failed prints a state as if it had ended")
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		if r := (command{}).run(t, "replay", "--config", config, "missing.jsonl"); r.code != 2 {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
	})
}

// TestReplayRejectedObservation: what cannot be accepted is named and the rest of its snapshot stands.
func TestReplayRejectedObservation(t *testing.T) {
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	good := `{"ref":"1","name":"nas1","addresses":["192.0.2.10"],"claims":[{"facet":"reach","state":"up"}]}`
	for _, c := range []struct{ name, bad string }{
		{"no ref", `{"ref":"","name":"nas2","addresses":["192.0.2.11"]}`},
		{"unknown facet", `{"ref":"2","name":"nas2","claims":[{"facet":"mood","state":"up"}]}`},
		{"unknown state", `{"ref":"2","name":"nas2","claims":[{"facet":"reach","state":"sideways"}]}`},
		{"before 2000", `{"ref":"2","name":"nas2","observed_at":"1999-12-31T23:59:59Z"}`},
		{"no number", `{"ref":"2","name":"nas2","readings":[{"quantity":"load","value":"NaN","unit":"%"}]}`},
		{"long name", `{"ref":"2","name":"` + strings.Repeat("x", 257) + `"}`},
		{"65 addresses", `{"ref":"2","addresses":[` + strings.TrimSuffix(strings.Repeat(`"192.0.2.10",`, 65), ",") + `]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			line := `{"at":"2026-01-01T00:00:00Z","source":"prtg","observations":[` + c.bad + "," + good + "]}\n"
			r := command{stdin: line}.run(t, "replay", "--config", config, "--json", "--state", "-")
			if r.code != 0 {
				t.Fatalf("exit %d: %s", r.code, r.stderr)
			}
			got := parseReplay(t, r.stdout)
			if len(got.Devices) != 1 || got.Devices[0].Name != "nas1" || got.Devices[0].Status != device.StatusUp {
				t.Errorf("devices: %+v", got.Devices)
			}
			if !strings.Contains(r.stderr, "line 1: ") || !strings.Contains(r.stderr, "rejected") {
				t.Errorf("nobody hears of what was rejected: standard error is %q", r.stderr)
			}
		})
	}
}

// TestReplayInvalidUTF8 stands apart because such a line cannot be written as a JSON literal of Go.
func TestReplayInvalidUTF8(t *testing.T) {
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	line := bytes.Replace([]byte(goodLine), []byte("nas1"), []byte("nas\xff"), 1)
	r := command{stdin: string(line)}.run(t, "replay", "--config", config, "--json", "--state", "-")
	if r.code != 0 || len(parseReplay(t, r.stdout).Devices) != 0 || strings.Contains(r.stderr, "\xff") {
		t.Errorf("exit %d, %q\n%s", r.code, r.stderr, r.stdout)
	}
}

// TestReplayLeavesNothing: the database of a replay is gone when it ends.
func TestReplayLeavesNothing(t *testing.T) {
	s := scenarios(t)[0]
	tmp := t.TempDir()
	command{env: []string{"TMPDIR=" + tmp}}.ok(t, "replay", "--config", s.config, s.file)
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
