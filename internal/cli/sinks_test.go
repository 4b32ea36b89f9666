package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestPrintSinks(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	p := &Program{Stdout: &out}
	p.printSinks(nil, now)
	p.printSinks([]device.SinkStatus{
		{Name: "series", Kind: "blog", State: device.SinkOK, Cursor: 40, Delivered: 40},
		{
			Name: "hub", Kind: "webhook", State: device.SinkFailing, Waiting: 3, OldestWaiting: now.Add(-time.Minute), FailingSince: now.Add(-70 * time.Second),
			Error: "503\x1b[2J", NextTry: now.Add(8 * time.Second), Delivered: 37, Dropped: 12, SetAside: 1,
		},
		{Name: "disk", State: device.SinkBehind, Waiting: 900, OldestWaiting: now.Add(-time.Hour), Cap: 900, Blocks: true},
	}, now)
	want := []string{
		"no sinks: the configuration has no sink block",
		"SINK TYPE STATE WAITING OLDEST DELIVERED DROPPED SET ASIDE WHAT IS WRONG",
		"series blog ok 0 - 40 0 0",
		"hub webhook failing 3 1m 00s 37 12 1 for 1m 10s: 503[2J; tried again in 8s",
		"disk behind 900 1h 00m 0 0 0 commits wait for it",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
