package metrics

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

var vitals = Vitals{
	Lag: 20 * time.Millisecond, DatabaseBytes: 1 << 20, LogBytes: 4096, Rejected: 2, Reloaded: true, ReloadedAt: viewtest.Noon, CertificateEnds: viewtest.Noon.Add(24 * time.Hour),
}

// full is a Metrics in which every family has a series.
func full(l *viewtest.Lab) *Metrics {
	m := New(Options{
		Read: l, Version: "1.0.0", Devices: func() bool { return true }, Now: func() time.Time { return viewtest.Noon },
		Vitals: func(context.Context) (Vitals, error) { return vitals, nil },
	})
	m.Begin()
	m.Polled("prtg", 300*time.Millisecond, 68, false)
	m.Polled("snmp", 30*time.Second, 0, true)
	m.Request("GET /api/v1/devices", 200)
	m.Request("GET /api/v1/devices", 404)
	m.Clients("sse", 1)
	m.Dropped("websocket", "slow")
	l.AllSources[0].Plugin = &device.PluginStatus{State: device.PluginRunning, Memory: 34 << 20}
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Votes: l.AllDevices[0].Votes})
	l.Record(device.Event{Type: device.EventDisputeOpened, At: viewtest.Noon, Votes: l.AllDevices[0].Votes})
	for i := range l.AllDevices {
		for j := range l.AllDevices[i].Votes {
			l.AllDevices[i].Votes[j].Facet = device.FacetReach
		}
	}
	return m
}

func scrape(t *testing.T, m *Metrics, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w
}

func wantLines(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if !strings.Contains("\n"+got, "\n"+want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
}

func TestScrape(t *testing.T) {
	t.Parallel()
	m := full(viewtest.NewLab())
	w := scrape(t, m, "")
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	wantLines(t, w.Body.String(),
		`quorate_devices{status="up"} 3`, `quorate_devices{status="degraded"} 1`, `quorate_devices{status="down"} 2`, `quorate_devices{status="unknown"} 1`,
		`quorate_devices_standing{standing="disputed"} 1`, `quorate_devices_muted{overlay="unreachable"} 1`,
		`quorate_device_status{device="core-switch",status="down"} 1`, `quorate_device_status{device="core-switch",status="up"} 0`,
		`quorate_votes{source="librenms",state="abstain"} 1`, `quorate_votes{source="prtg",state="abstain"} 1`,
		`quorate_votes_total{source="prtg",status="down"} 1`, `quorate_disagreements_total{a="librenms",b="prtg"} 1`,
		`quorate_agreement_ratio{a="librenms",b="prtg"} 0`, `quorate_agreement_ratio{a="prtg",b="snmp"} 1`,
		`quorate_source_up{source="prtg"} 1`, `quorate_source_up{source="librenms"} 0`, `quorate_source_up{source="snmp"} 0`,
		`quorate_source_last_success_timestamp_seconds{source="prtg"} 1.7684784e+09`,
		`quorate_source_poll_duration_seconds_bucket{source="prtg",le="0.5"} 1`, `quorate_source_poll_duration_seconds_count{source="snmp"} 1`,
		`quorate_pipeline_events_total{result="failed",stage="poll"} 1`, `quorate_pipeline_events_total{result="recorded",stage="record"} 2`,
		`quorate_pipeline_events_total{result="set_aside",stage="deliver"} 1`, `quorate_pipeline_lag_seconds 0.02`,
		`quorate_sink_lag_events{sink="hub"} 3`, `quorate_dead_letters 2`, `quorate_db_size_bytes 1.048576e+06`, `quorate_config_last_reload_successful 1`,
		`quorate_http_requests_total{class="4xx",route="GET /api/v1/devices"} 1`, `quorate_live_clients{transport="sse"} 1`,
		`quorate_live_dropped_total{reason="slow",transport="websocket"} 1`, `quorate_incidents{kind="down"} 1`,
		`quorate_agent_degraded{limit="disk_full"} 0`, `quorate_agent_degraded{limit="certificate"} 0`, `quorate_tls_cert_expiry_timestamp_seconds 1.7685648e+09`,
	)
	open := scrape(t, m, "application/openmetrics-text; version=1.0.0")
	if !strings.HasPrefix(open.Header().Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(open.Body.String(), "# EOF\n") {
		t.Errorf("OpenMetrics: %s", open.Header())
	}
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestSilenceIsNotHealth: with every source dead nothing says that all is well.
func TestSilenceIsNotHealth(t *testing.T) {
	t.Parallel()
	l := viewtest.NewLab()
	for i := range l.AllSources {
		l.AllSources[i] = device.SourceStatus{Name: l.AllSources[i].Name, Health: device.HealthBlind}
	}
	l.AllSources = append(l.AllSources, device.SourceStatus{Name: "never-polled"})
	for i := range l.AllDevices {
		l.AllDevices[i].Status, l.AllDevices[i].Standing = device.StatusUnknown, device.StandingNone
		for j := range l.AllDevices[i].Votes {
			l.AllDevices[i].Votes[j].Abstain = device.AbstainSourceBlind
		}
	}
	l.AllDevices[0].Status = "" // nothing is known of it at all
	got := scrape(t, New(Options{Read: l}), "").Body.String()
	wantLines(t, got, `quorate_devices{status="up"} 0`, fmt.Sprintf(`quorate_devices{status="unknown"} %d`, len(l.AllDevices)), `quorate_source_up{source="prtg"} 0`, `quorate_source_up{source="never-polled"} 0`)
	if strings.Contains(got, "quorate_source_last_success_timestamp_seconds{") || strings.Contains(got, "quorate_agreement_ratio{") {
		t.Error("a poll that never was, or the agreement of nobody, is told of")
	}
	if strings.Contains(got, "quorate_device_status") {
		t.Error("names of devices are shown though nobody asked for them")
	}
}

// TestHostileNames: whatever things are called, the scrape is one.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	l := viewtest.NewLab()
	nasty := []string{"a\"} 1\nquorate_devices{status=\"up\"} 999\n#", "\xff\xfe", strings.Repeat("ü", 500), "", "\x1b[31m", "core-switch", "core-switch", "CORE SWITCH"}
	for i, name := range nasty {
		l.AllDevices = append(l.AllDevices, device.Current{ID: device.ID(fmt.Sprintf("d_%d", i)), Name: name, Status: device.StatusUp})
		if i < 5 {
			l.AllSources = append(l.AllSources, device.SourceStatus{Name: fmt.Sprint(i, name), Health: device.HealthUp})
		}
	}
	m := full(l)
	m.Polled(nasty[0], time.Second, 1, false)
	for _, accept := range []string{"", "application/openmetrics-text; version=1.0.0"} {
		w := scrape(t, m, accept)
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "\nquorate_devices{status=\"up\"} 999") {
			t.Error("a name became a line")
		}
	}
	names := regexp.MustCompile(`quorate_device_status\{device="([^"]*)",status="up"\}`).FindAllStringSubmatch(scrape(t, m, "").Body.String(), -1)
	for _, n := range names {
		if !regexp.MustCompile(`^[a-z0-9._-]+$`).MatchString(n[1]) {
			t.Errorf("the slug %q", n[1])
		}
	}
	if len(names) != len(l.AllDevices) {
		t.Errorf("%d devices of %d are told of", len(names), len(l.AllDevices))
	}
	if strings.Contains(scrape(t, m, "").Body.String(), `source_poll_duration_seconds_count{source="a`) {
		t.Error("a source that is not configured keeps its series")
	}
}

func TestAScrapeThatIsNotWholeIsAnError(t *testing.T) {
	t.Parallel()
	m := New(Options{Read: viewtest.NewLab(), Vitals: func(context.Context) (Vitals, error) { return Vitals{}, errors.New("disk of /var/lib/quorate is gone") }})
	w := scrape(t, m, "")
	if w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
}

var family = regexp.MustCompile(`(?m)^# HELP (quorate_\w+) (.*)\n# TYPE \w+ (\w+)`)

// TestDocs: docs/metrics.md has every metric, with its labels, as a scrape has them.
func TestDocs(t *testing.T) {
	t.Parallel()
	body := scrape(t, full(viewtest.NewLab()), "").Body.String()
	var table strings.Builder
	table.WriteString("| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, f := range family.FindAllStringSubmatch(body, -1) {
		labels := map[string]bool{}
		for _, line := range regexp.MustCompile(`(?m)^`+f[1]+`(?:_bucket)?\{(.*)\} `).FindAllStringSubmatch(body, -1) {
			for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(line[1], -1) {
				if l[1] != "le" {
					labels["`"+l[1]+"`"] = true
				}
			}
		}
		var names []string
		for n := range labels {
			names = append(names, n)
		}
		slices.Sort(names)
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f[1], f[3], strings.Join(names, " "), f[2])
	}
	const path = "../../docs/metrics.md"
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(have), "<!-- table -->\n")
	_, after, _ := strings.Cut(rest, "<!-- end of table -->\n")
	want := before + "<!-- table -->\n" + table.String() + "<!-- end of table -->\n" + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(have) != want {
		t.Errorf("%s is not what a scrape has; go test ./internal/metrics -run TestDocs -update writes it", path)
	}
}
