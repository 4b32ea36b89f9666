package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// TestReadRejected: what is replayed is dated by itself, or else by when it came.
func TestReadRejected(t *testing.T) {
	came := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	at := came.Add(-time.Hour)
	good := `{"ref":"1","claims":[{"facet":"reach","state":"up"}]}`
	for _, c := range []struct {
		name, ref, body, wrong string
		want                   time.Time
	}{
		{"an observation", "1", good, "", came},
		{"one with a time of its own", "1", `{"ref":"1","observed_at":"2026-01-01T11:00:00Z","claims":[]}`, "", at},
		{"a snapshot", "", `{"at":"2026-01-01T11:00:00Z","source":"nas","observations":[` + good + `]}`, "", at},
		{"a failed poll", "", `{"at":"2026-01-01T11:00:00Z","source":"nas","error":"timeout"}`, "it holds no observation", at},
		{"of another source", "", `{"at":"2026-01-01T11:00:00Z","source":"other","observations":[` + good + `]}`, "it is still not accepted", at},
		{"cut", "1", `{"ref":"1","name":"` + strings.Repeat("x", maxKept), "only the first 64 KiB", at},
		{"still bad", "1", `{"ref":"1","claims":[{"facet":"reach","state":"sideways"}]}`, "it is still not accepted: ", at},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := readRejected(&store.Rejected{At: came, Rejection: device.Rejection{Source: "nas", Ref: c.ref, Body: []byte(c.body)}})
			if c.wrong != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.wrong) {
					t.Errorf("got %v, want %s", err, c.wrong)
				}
				return
			}
			if err != nil || s.Source != "nas" || len(s.Observations) != 1 || !s.Observations[0].ObservedAt.Equal(c.want) {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}
