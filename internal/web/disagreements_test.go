package web

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestDisagreements(t *testing.T) {
	l := viewtest.NewLab()
	nas, ups := device.Name{ID: l.AllDevices[0].ID, Name: "nas-1"}, device.Name{ID: l.AllDevices[5].ID, Name: "ups-1"}
	say := func(typ device.EventType, d *device.Name, ago time.Duration, winner string) {
		l.Record(device.Event{Type: typ, At: viewtest.Noon.Add(-ago), Device: d, Facet: device.FacetReach, Winner: winner})
	}
	say(device.EventDisputeOpened, &nas, 400*24*time.Hour, "")
	say(device.EventDisputeClosed, &nas, 3*24*time.Hour, "down")
	say(device.EventDisputeOpened, &ups, 5*time.Hour, "")
	say(device.EventDisputeClosed, &ups, 4*time.Hour, "up")
	say(device.EventDisputeOpened, &nas, 42*time.Minute, "")
	l.AllDisputes[0].OpenedAt, l.AllDisputes[0].Votes = viewtest.Noon.Add(-42*time.Minute), l.AllDevices[0].Votes
	h := newServer(t, l).Handler()

	page := fetch(t, h, "/disagreements").Body.String()
	wantIn(t, page, "Disputed now", ">nas-1</a>", "Weight 1.00 for up against 1.00 for down", "as it said", "The 3 disputes in words", "those who said up", "those who said down", "more than 4 d", "≠ lasts",
		"98.7 %", "librenms 0, prtg 10, undecided 1", "<b>11</b> false alarms avoided", "the address points at both", "Merge the two", `href="/disagreements?span=7d" aria-current="page"`)
	if n := strings.Count(page, "<svg"); n != 2 {
		t.Errorf("%d pictures, want the timeline and the matrix", n)
	}
	if strings.Contains(page, "<style") {
		t.Error("a picture brings a style that the page forbids")
	}
	page = fetch(t, h, "/disagreements?span=24h").Body.String()
	wantIn(t, page, "The 2 disputes in words", "Disputes of the last 24h")
	if page := fetch(t, h, "/disagreements?span=none").Body.String(); !strings.Contains(page, "Disputes of the last 7d") {
		t.Error("a span that there is not is no week")
	}

	l.AllDisputes, l.AllEvents, l.Questions, l.Agreed.Sources, l.Agreed.Pairs = nil, nil, nil, nil, nil
	page = fetch(t, h, "/disagreements").Body.String()
	wantIn(t, page, "The sources agree", "None.", "It takes two sources to agree.")
}

func TestDisagreementsAreHarmless(t *testing.T) {
	l := viewtest.NewLab()
	name := device.Name{ID: device.ID(hostile), Name: hostile}
	l.AllDisputes = append(l.AllDisputes, device.Dispute{
		Device: name, Facet: device.Facet(hostile), Component: hostile, Held: device.State(hostile), Text: hostile, WaitingFor: hostile, Then: device.State(hostile), EndsAt: viewtest.Noon,
		Votes: []device.Vote{{Source: hostile, State: device.State(hostile), Raw: hostile, Abstain: device.Abstention(hostile)}},
	})
	l.Record(device.Event{Type: device.EventDisputeOpened, At: viewtest.Noon.Add(-2 * time.Hour), Device: &name, Facet: device.Facet(hostile), Component: hostile})
	l.Record(device.Event{Type: device.EventDisputeClosed, At: viewtest.Noon.Add(-time.Hour), Device: &name, Facet: device.Facet(hostile), Component: hostile, Winner: hostile})
	q := &l.Questions[0]
	q.Device, q.Other, q.Key, q.Hint, q.Reason = name, &name, hostile, hostile, hostile
	l.Agreed.Sources[0].Source, l.Agreed.Pairs[0].A = hostile, hostile
	h := newServer(t, l).Handler()
	wantHarmless(t, "/disagreements", fetch(t, h, "/disagreements").Body.String())
}
