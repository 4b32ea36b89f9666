package web

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// crowd is a lab of 500 devices that four sources speak of, a tenth of them with a day that was not quiet.
func crowd() *viewtest.Lab {
	l := viewtest.NewLab()
	l.AllDevices, l.AllIncidents = nil, nil
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"librenms", "prtg", "snmp", "reach"}
	l.AllSources = nil
	for _, n := range names {
		l.AllSources = append(l.AllSources, device.SourceStatus{Name: n, Type: n, Health: device.HealthUp, Devices: 500, LastSuccess: viewtest.Noon})
	}
	for i := range 500 {
		name := fmt.Sprintf("%s-%d", []string{"ap", "camera", "nas", "switch", "sensor"}[r.IntN(5)], i)
		d := device.Current{
			ID: device.NewID("", device.SourceRef{Source: "lab", Ref: name}, viewtest.Noon), Name: name, Status: device.StatusUp, Standing: device.StandingConfirmed,
			Since: viewtest.Noon.Add(-time.Duration(r.IntN(1e6)) * time.Second), Addresses: []string{fmt.Sprintf("192.0.2.%d", i%250)},
		}
		for _, n := range names {
			d.Bindings = append(d.Bindings, device.Binding{Source: n, Ref: fmt.Sprint(1000 + i)})
			d.Votes = append(d.Votes, device.Vote{
				Source: n, Ref: fmt.Sprint(1000 + i), Facet: device.FacetReach, State: device.StateUp, Confidence: 1, Freshness: 1,
				Weight: 1 - r.Float64()/2, ObservedAt: viewtest.Noon.Add(-time.Duration(r.IntN(300)) * time.Second),
			})
		}
		if i%10 == 0 {
			d.Status, d.Standing = device.StatusDown, device.StandingSingle
			d.Votes[0].State, d.Votes[1].Abstain = device.StateDown, device.AbstainStale
			for at := stripFrom(viewtest.Noon); at.Before(viewtest.Noon); at = at.Add(time.Duration(r.IntN(400)) * time.Minute) {
				l.AllChanges = append(l.AllChanges,
					view.Change{Device: d.ID, At: at, From: device.StatusUp, To: device.StatusDown}, view.Change{Device: d.ID, At: at.Add(9 * time.Minute), From: device.StatusDown, To: device.StatusUp})
			}
		}
		l.AllDevices = append(l.AllDevices, d)
	}
	return l
}

// BenchmarkBoard is how long the server takes for the board of 500 devices and four sources, compressed: the median, the
// slowest of twenty, and how much goes over the wire for the first look at it, with everything that the page asks for.
func BenchmarkBoard(b *testing.B) {
	h := newServer(b, crowd()).Handler()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	var took []time.Duration
	var w *httptest.ResponseRecorder
	for b.Loop() {
		began := time.Now()
		w = httptest.NewRecorder()
		h.ServeHTTP(w, r)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms_p50")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms_p95")
	bytes, nodes := firstLoad(b, h)
	b.ReportMetric(float64(bytes)/1000, "kB_first_load")
	b.ReportMetric(float64(nodes), "elements")
}

// firstLoad is how many bytes the bodies of a page and of all that it asks for have, compressed, and how many elements the
// page has.
func firstLoad(tb testing.TB, h http.Handler) (size, nodes int) {
	tb.Helper()
	ask := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			tb.Fatalf("%s: %d", path, w.Code)
		}
		size += w.Body.Len()
		return w
	}
	z, err := gzip.NewReader(ask("/").Body)
	if err != nil {
		tb.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		tb.Fatal(err)
	}
	asked := map[string]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		nodes++
		for _, a := range n.Attr {
			if (a.Key == "src" || a.Key == "href" && n.Data == "link") && !asked[a.Val] {
				asked[a.Val] = true
				ask(a.Val)
			}
		}
	}
	return size, nodes
}

// The first look at 500 devices stays small: 150 kB on the wire, 15,000 elements.
func TestFirstLoad(t *testing.T) {
	size, nodes := firstLoad(t, newServer(t, crowd()).Handler())
	if size > 150_000 || nodes > 15_000 {
		t.Errorf("%d bytes, %d elements", size, nodes)
	}
}
