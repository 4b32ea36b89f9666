package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// play returns what quorate replay prints of a scenario, events and state, in the environment given beside the clean one.
func (s scenario) play(t *testing.T, env ...string) string {
	t.Helper()
	return command{env: env}.ok(t, "replay", "--config", s.config, "--json", "--state", s.file)
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

// expected is what a scenario must come to, as stated by hand.
type expected interface {
	check(t *testing.T, r replayed)
}

// TestReplay holds what each scenario comes to, that it prints the same bytes twice, whatever the time zone and the
// folder, and the outcome as stated by hand: a wrong golden file cannot hide.
func TestReplay(t *testing.T) {
	cases := allCases(t)
	found := map[string]bool{}
	for _, s := range scenarios(t) {
		found[s.name] = true
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			first := s.play(t)
			if second := s.play(t, "TZ=Asia/Tokyo"); first != second {
				t.Error("two runs print different bytes:\n" + cmp.Diff(first, second))
			}
			got := parseReplay(t, first)
			if want, ok := cases[s.name]; ok {
				want.check(t, got)
			} else {
				t.Error("no table says what must come of it")
			}
			golden := filepath.Join(filepath.Dir(s.file), "want.txt")
			told := tell(t, s, got)
			if *update {
				if err := os.WriteFile(golden, []byte(told), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(read(t, golden), told); diff != "" {
				t.Errorf("%s (-want +got; -update rewrites it, then review it):\n%s", golden, diff)
			}
		})
	}
	for name := range cases {
		if !found[name] {
			t.Errorf("the case %s has no scenario", name)
		}
	}
}

// TestReplayForPeople: without --json there is a line for each event, and nothing else.
func TestReplayForPeople(t *testing.T) {
	cases := workedCases()
	for _, s := range scenarios(t) {
		if _, worked := cases[s.name]; !worked {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var want strings.Builder
			for _, e := range parseReplay(t, s.play(t)).Events {
				fmt.Fprintf(&want, "%s  %-18s  %s\n", e.At.Format(time.RFC3339), e.Type, e.Text)
			}
			got := command{}.ok(t, "replay", "--config", s.config, s.file)
			if diff := cmp.Diff(want.String(), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReplayOrderFree is the worked case order_free: the order of the snapshots of one instant cannot matter.
func TestReplayOrderFree(t *testing.T) {
	for _, s := range scenarios(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			want := s.play(t)
			shuffled := shuffleInstants(t, read(t, s.file))
			got := command{stdin: shuffled}.ok(t, "replay", "--config", s.config, "--json", "--state", "-")
			if got != want {
				t.Errorf("(-want +got):\n%s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
			}
		})
	}
}

// shuffleInstants permutes the lines that carry the same time, and the observations in each of them.
func shuffleInstants(t *testing.T, file string) string {
	t.Helper()
	rnd := rand.New(rand.NewPCG(2026, 1))
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
