package snmpdirect

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// caseRecording is the recording of a golden, for stories about it.
func caseRecording(t *testing.T, name string) *snmpagent.Recording {
	t.Helper()
	f, err := os.Open("testdata/" + name + "/walk.snmprec")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rec, err := snmpagent.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestFewerThanThereWere follows the count of access points, of which no object says which one is gone.
func TestFewerThanThereWere(t *testing.T) {
	t.Parallel()
	b := newBench(t, caseRecording(t, "ruckus-unleashed"))
	const count = "1.3.6.1.4.1.25053.1.15.1.1.1.15.1.0"
	for _, step := range []struct {
		after time.Duration
		count uint32
		want  string
	}{
		{0, 3, " "},
		{time.Minute, 2, "warning ruckusUnleashedSystemStatsNumAP fell from 3 to 2"},
		{time.Minute, 1, "warning ruckusUnleashedSystemStatsNumAP fell from 3 to 1"},
		{time.Minute, 3, " "},
		{time.Minute, 5, " "},
		{time.Minute, 4, "warning ruckusUnleashedSystemStatsNumAP fell from 5 to 4"},
		{25 * time.Hour, 4, " "}, // it has been taken away
		{time.Minute, 3, "warning ruckusUnleashedSystemStatsNumAP fell from 4 to 3"},
	} {
		b.clock.add(step.after)
		b.set(count, snmpagent.Gauge32(step.count))
		c := claim(b.poll(), "service:access points")
		if got := string(c.State) + " " + c.Raw; got != step.want {
			t.Errorf("%d access points: %q, want %q", step.count, got, step.want)
		}
	}
}

// TestNamesAreReadOnce counts what names in other tables cost: one request, and none until slow things are read again.
func TestNamesAreReadOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, caseRecording(t, "comware"))
	asks := func() int {
		before := b.agent.Requests()
		if _, ok := reading(b.poll(), "temperature:SENSOR 1", "temperature"); !ok {
			t.Error("the sensor has lost its name")
		}
		return b.agent.Requests() - before
	}
	asks()
	b.clock.add(10 * time.Second)
	withNames := asks() // slow things were read after them, so that they are read again
	const name = "1.3.6.1.2.1.47.1.1.1.1.7.12"
	b.set(name, snmpagent.Text("renamed"))
	b.clock.add(10 * time.Second)
	if without := asks(); without >= withNames {
		t.Errorf("%d requests with names, then %d", withNames, without)
	}
	b.clock.add(2 * defaultSlow)
	b.poll() // it reads slow things, and forgets the names
	b.clock.add(10 * time.Second)
	if _, ok := reading(b.poll(), "temperature:renamed", "temperature"); !ok {
		t.Error("a new name was not seen after the slow interval")
	}
}

// TestKindOfAnotherTable tells rows apart by what another table says of the same index, as ENTITY-MIB's class does.
func TestKindOfAnotherTable(t *testing.T) {
	t.Parallel()
	p, err := parseProfile("acme.yaml", []byte(`name: acme
detect:
  - object_id: [1.3.6.1.4.1.32473.]
tables:
  - entry: 1.3.6.1.4.1.32473.1.1
    kind_by: {oid: 1.3.6.1.2.1.47.1.1.1.1.5, values: {6: psu, 7: fan}}
    names: [1.3.6.1.2.1.47.1.1.1.1.7, 1.3.6.1.2.1.47.1.1.1.1.2]
    readings:
      - {column: 2, quantity: power, unit: W}
`))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, handMade(t, `1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1
1.3.6.1.2.1.47.1.1.1.1.2.1|4|first power supply
1.3.6.1.2.1.47.1.1.1.1.2.3|4|third of anything
1.3.6.1.2.1.47.1.1.1.1.5.1|2|6
1.3.6.1.2.1.47.1.1.1.1.5.2|2|7
1.3.6.1.2.1.47.1.1.1.1.5.3|2|10
1.3.6.1.2.1.47.1.1.1.1.7.2|4|left
1.3.6.1.4.1.32473.1.1.2.1|2|100
1.3.6.1.4.1.32473.1.1.2.2|2|20
1.3.6.1.4.1.32473.1.1.2.3|2|3
1.3.6.1.4.1.32473.1.1.2.4|2|4
`))
	target := b.source.targets[0]
	target.forced = p
	var got []string
	for _, r := range b.poll().Readings {
		if r.Quantity == "power" {
			got = append(got, r.Component)
		}
	}
	if s := strings.Join(got, ", "); s != "psu:first power supply, fan:left" {
		t.Errorf("got %s", s)
	}
}
