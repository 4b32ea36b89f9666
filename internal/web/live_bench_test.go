package web

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// watchRows notes in the page when each row was first seen to be down, in milliseconds since 1970.
const watchRows = `(() => {
	window.wentDown = {};
	const look = () => document.querySelectorAll("#board tr[id]").forEach((row) => {
		if (!(row.id in window.wentDown) && /\bk-down\b/.test(row.className)) window.wentDown[row.id] = performance.timeOrigin + performance.now();
	});
	new MutationObserver(look).observe(document.getElementById("main"), {subtree: true, childList: true, attributes: true});
	return true;
})()`

// BenchmarkBoardLive is how long it takes from an event, of which there are 50 a second, to the changed row on a board of
// 500 devices in a real browser on the same machine. The page asks for itself once a second at most. What the commit takes,
// and the way from there to the stream, is in the bench of the stream.
func BenchmarkBoardLive(b *testing.B) {
	const rate, events = 50, 400
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	chromium, err := browser.Start(ctx)
	if errors.Is(err, browser.ErrMissing) {
		b.Skip("SKIPPED: needs a browser (Debian package chromium)")
	}
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = chromium.Close() }()
	var delays []float64
	for b.Loop() {
		l := crowd()
		for i := range l.AllDevices {
			l.AllDevices[i].Status, l.AllDevices[i].Standing = device.StatusUp, device.StandingConfirmed
		}
		srv := httptest.NewServer(newServer(b, l).Handler())
		if err := errors.Join(chromium.Look(ctx, browser.View{Width: 1440, Height: 900}), chromium.Open(ctx, srv.URL+"/"),
			chromium.Wait(ctx, `document.getElementById("live").textContent.includes("Live")`), chromium.Eval(ctx, watchRows, nil)); err != nil {
			b.Fatal(err)
		}
		recorded := map[string]time.Time{}
		tick := time.NewTicker(time.Second / rate)
		for i := range events {
			<-tick.C
			l.Mu.Lock()
			l.AllDevices[i].Status = device.StatusDown
			l.Mu.Unlock()
			d := l.AllDevices[i]
			recorded[string(d.ID)] = time.Now()
			l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Device: &device.Name{ID: d.ID, Name: d.Name}, Text: d.Name + " is down"})
		}
		tick.Stop()
		seen := map[string]float64{}
		if err := errors.Join(chromium.Wait(ctx, fmt.Sprintf("Object.keys(window.wentDown).length === %d", events)), chromium.Eval(ctx, "window.wentDown", &seen)); err != nil {
			b.Fatal(err)
		}
		for id, at := range seen {
			delays = append(delays, at-float64(recorded[id].UnixMicro())/1000)
		}
		if err := chromium.Open(ctx, "about:blank#"); err != nil && ctx.Err() != nil {
			b.Fatal(err)
		}
		srv.CloseClientConnections()
		srv.Close()
	}
	slices.Sort(delays)
	b.ReportMetric(delays[len(delays)/2], "ms_p50")
	b.ReportMetric(delays[len(delays)*99/100], "ms_p99")
}
