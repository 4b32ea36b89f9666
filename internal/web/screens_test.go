package web

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// TestScreensFitAPhone: whatever the names are, no page is wider than a phone, with and without scripts, in the dark.
func TestScreensFitAPhone(t *testing.T) {
	long := strings.Repeat("a-very-long-name", 10)
	l := pollLab()
	for i := range l.AllDevices {
		l.AllDevices[i].Name = long
	}
	for i := range l.AllSources {
		l.AllSources[i].LastError, l.AllSources[i].Failures, l.AllSources[i].Domain = long, 3, long
	}
	name := device.Name{ID: l.AllDevices[0].ID, Name: long}
	l.AllDisputes[0] = device.Dispute{Device: name, Facet: device.FacetReach, Component: long, Held: device.StateUp, OpenedAt: viewtest.Noon, Text: long, Votes: l.AllDevices[0].Votes}
	l.AllDisputes[0].Votes[0].Raw = long
	l.Record(device.Event{Type: device.EventDisputeOpened, At: viewtest.Noon.Add(-1), Device: &name, Text: long})
	l.Questions[0].Device, l.Questions[0].Hint = name, long
	l.AllSinks[1].Error, l.AllSinks[1].Name = long, long
	l.Report.Devices[1].Device.Name, l.Report.Devices[1].Why, l.AllGroups[0].Name = long, long, long
	l.Windows = append(l.Windows, device.Maintenance{Name: long, Reason: long, Active: true, Devices: []device.Name{name}, Unknown: []string{long}})
	l.AllRejected[0].Reason, l.AllRejected[0].Ref, l.AllRejected[0].Body = long, long, long
	l.InForce.Hash, l.InForce.Error = long, long
	o := &orders{post: blogsink.Prepared{
		SHA256: sum, Files: []blogsink.FileSum{{Name: long, SHA256: sum}}, Replaced: []blogsink.Replacement{{Kind: "hostname", Alias: long}}, Changed: []string{long},
		Lint: []blogsink.LintFinding{{Weight: "warning", Text: long}},
	}}
	srv := httptest.NewServer(serveAs(t, l, o, access.Admin))
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	for _, look := range []browser.View{{Width: 360, Height: 780, Dark: true}, {Width: 360, Height: 780, NoScript: true}} {
		for _, path := range []string{
			"/disagreements", "/events", "/sources", "/sources/prtg", "/coverage", "/milestones", "/milestones/3/post", "/maintenance", "/rejected", "/rejected/2", "/configuration",
		} {
			if err := errors.Join(b.Look(ctx, look), b.Open(ctx, srv.URL+path)); err != nil {
				t.Fatal(err)
			}
			var page struct {
				Width int
				Wide  string
				Bare  int
			}
			err := b.Eval(ctx, `({Width: document.documentElement.scrollWidth,
				Wide: [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map((e) => e.nodeName + "." + e.className + "#" + e.id).join(" "),
				Bare: [...document.querySelectorAll("main input:not([type=hidden]), main select, main textarea")].filter((e) => !e.labels.length && !e.ariaLabel).length})`, &page)
			if err != nil {
				t.Fatal(err)
			}
			if page.Width > look.Width {
				t.Errorf("%s is %d px wide on a screen of %d: %s", path, page.Width, look.Width, page.Wide)
			}
			if page.Bare > 0 {
				t.Errorf("%s has %d fields without a label", path, page.Bare)
			}
		}
	}
	for _, c := range b.Complaints() {
		if !strings.Contains(c, "/live") { // there is no stream in this test
			t.Errorf("the browser complains: %s", c)
		}
	}
}
