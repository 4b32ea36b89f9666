package snmpdirect

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// osProfiles are our profiles by the names that LibreNMS has for what runs on a device.
func osProfiles() map[string]string {
	return map[string]string{
		"apc": "apc", "arubaos-cx": "aruba-cx", "comware": "comware", "dsm": "synology", "linux": "host", "opnsense": "opnsense",
		"pfsense": "pfsense", "procurve": "hp-aos-s", "qnap": "qnap", "ruckuswireless-sz": "ruckus-smartzone",
		"ruckuswireless-unleashed": "ruckus-unleashed",
	}
}

// difference is a kind of value in which we differ from LibreNMS on purpose.
type difference struct {
	recording, module string // "" means any; of a recording the beginning of its name
	what              string // a regular expression of value.what
	reason            string
	theirs            bool // LibreNMS is wrong: the value is none that could be equal
}

// differences is the whole list; what differs and is not on it fails the test, and so does an entry that nothing needs.
func differences() []difference {
	return []difference{
		{"apc", "os", `^hardware$`, "LibreNMS adds the firmware of the UPS to its model", false},
		{"apc", "os", `^version$`, "LibreNMS has the card's application beside its system", false},
		{"arubaos-cx", "os", `^hardware$`, "LibreNMS names the series of the stack, we the model that sysDescr names", false},
		{"linux", "os", `^hardware$`, "the kind of processor is no model", false},
		{"ruckuswireless", "os", `^version$`, "LibreNMS adds the country to the version", false},
		{"", "storage", `^/(run|dev)(/|$| )`, "file systems of the kernel in memory are left out", false},
		{"procurve", "links", `^port:A[12]$`, "what a neighbour is described as is not its name", false},
		{"procurve", "sensors", `^state icfFanSensor `, "the chassis shows as one sensor the fans that have rows of their own", false},
		{"dsm", "sensors", `^state diskStatusState 0 .* state$`, "a disk that calls itself initialized is no fault beside a RAID that is well", false},
		{"dsm", "sensors", `^state upgradeAvailableState .* state$`, "an upgrade is news and no state of health", false},
		{"linux", "sensors", `^state sensorexample`, "what an extension prints may be anything: only how it ended is read", false},
		{"qnap", "sensors", `^state system(Fan|Power)Status `, "LibreNMS reads the disk SMART object here", true},
	}
}

// TestAgainstLibreNMS compares every value that LibreNMS found in a recording with ours. With -v it prints the table as
// Markdown.
func TestAgainstLibreNMS(t *testing.T) {
	var values []value
	for _, name := range recordingNames(t) {
		if want := expect(t, name); want != nil {
			values = append(values, newComparison(t, name, want).all()...)
		}
	}
	table := &tally{counts: map[[2]string]*counts{}}
	needed := make([]bool, len(differences()))
	for _, v := range values {
		var why *difference
		if v.want != v.got {
			for i, d := range differences() {
				if d.covers(v) {
					why, needed[i] = &d, true
					break
				}
			}
			if why == nil {
				t.Errorf("%s: %s: %s: got %q, want %q", v.recording, v.module, v.what, v.got, v.want)
			}
		}
		table.count(v, why)
	}
	for i, d := range differences() {
		if !needed[i] {
			t.Errorf("nothing differs by the rule %+v any more: remove it", d)
		}
	}
	const least = 0.98
	if n := table.counts[[2]string{"all", "all"}]; float64(n.equal) < least*float64(n.expected-n.theirs) {
		t.Errorf("%d of %d values are equal, less than %g", n.equal, n.expected-n.theirs, least)
	}
	if testing.Verbose() {
		fmt.Fprint(os.Stdout, table)
	}
}

func (d difference) covers(v value) bool {
	return strings.HasPrefix(v.recording, d.recording) && (d.module == "" || d.module == v.module) && regexp.MustCompile(d.what).MatchString(v.what)
}

// counts is a line of the table.
type counts struct {
	expected, equal, purpose, theirs, differing int
	reasons                                     map[string]int
}

// tally counts values by module and recording.
type tally struct{ counts map[[2]string]*counts }

func (t *tally) count(v value, why *difference) {
	for _, key := range [][2]string{{v.module, v.recording}, {v.module, "all"}, {"all", "all"}} {
		n := t.counts[key]
		if n == nil {
			n = &counts{reasons: map[string]int{}}
			t.counts[key] = n
		}
		n.expected++
		switch {
		case v.want == v.got:
			n.equal++
		case why == nil:
			n.differing++
		case why.theirs:
			n.theirs++
			n.reasons[why.reason]++
		default:
			n.purpose++
			n.reasons[why.reason]++
		}
	}
}

// String is the table as Markdown.
func (t *tally) String() string {
	var keys [][2]string
	for k := range t.counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1]) })
	var b strings.Builder
	b.WriteString("\n| module | recording | expected | found equal | differing on purpose | LibreNMS wrong | unexplained | reasons |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	for _, k := range keys {
		n := t.counts[k]
		var why []string
		if k[1] != "all" {
			for reason, times := range n.reasons {
				why = append(why, fmt.Sprintf("%s (%d)", reason, times))
			}
		}
		slices.Sort(why)
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %s |\n",
			k[0], k[1], n.expected, n.equal, n.purpose, n.theirs, n.differing, strings.Join(why, "; "))
	}
	return b.String()
}

// TestRecordedGeneric asks every recorded device as if nobody had ever seen its kind: names, ports, sensors and storage come
// from the standard tables all the same.
func TestRecordedGeneric(t *testing.T) {
	for _, name := range recordingNames(t) {
		want := expect(t, name)
		if want == nil {
			want = &expected{}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newComparison(t, name, want)
			generic := c.bench.source.targets[0].profiles[len(c.bench.source.targets[0].profiles)-1]
			c.bench.source.targets[0].forced, c.bench.source.targets[0].fitted = generic, ""
			c.o = c.bench.poll()
			if got := c.bench.source.targets[0].profile.Name; got != genericProfile || facets(c.o) != "reach=up mgmt=up" || len(c.o.Alerts) > 0 {
				t.Fatalf("profile %s: %s, alerts %+v", got, facets(c.o), c.o.Alerts)
			}
			want.Sensors = slices.DeleteFunc(want.Sensors, func(s expectedSensor) bool {
				return s.Type != "entity-sensor" && s.Type != "entPhySensorTable" && s.Type != "entStateOper"
			})
			want.Wireless = nil
			c.ports()
			c.storage()
			c.sensors()
			equal := 0
			for _, v := range c.values {
				switch {
				case v.want == v.got:
					equal++
				case !slices.ContainsFunc(differences(), func(d difference) bool { return d.covers(v) }):
					t.Errorf("%s: %s: got %q, want %q", v.module, v.what, v.got, v.want)
				}
			}
			t.Logf("%d of %d values equal; model %q, serial %q", equal, len(c.values), c.o.Model, c.o.Serial)
		})
	}
}
