package web

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestBoardInABrowser(t *testing.T) {
	l := viewtest.NewLab()
	l.AllDevices[6].Name = strings.Repeat("a-very-long-name", 10)
	srv := httptest.NewServer(newServer(t, l).Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	for _, tt := range []struct {
		name string
		view browser.View
	}{
		{"phone", browser.View{Width: 360, Height: 780}},
		{"phone dark", browser.View{Width: 360, Height: 780, Dark: true}},
		{"desk", browser.View{Width: 1440, Height: 900}},
		{"desk dark", browser.View{Width: 1440, Height: 900, Dark: true}},
		{"desk without script", browser.View{Width: 1440, Height: 900, NoScript: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := errors.Join(b.Look(ctx, tt.view), b.Open(ctx, srv.URL+"/")); err != nil {
				t.Fatal(err)
			}
			var page struct {
				Rows, Width int
				Text        string
			}
			err := b.Eval(ctx, `({Rows: document.querySelectorAll("#board tbody tr").length, Width: document.documentElement.scrollWidth, Text: document.body.innerText})`, &page)
			if err != nil {
				t.Fatal(err)
			}
			if page.Rows != len(l.AllDevices) || !strings.Contains(page.Text, "librenms is not believed") {
				t.Errorf("%d rows, text:\n%s", page.Rows, page.Text)
			}
			if page.Width > tt.view.Width {
				t.Errorf("the page is %d px wide on a screen of %d", page.Width, tt.view.Width)
			}
			if dir := os.Getenv("QUORATE_SCREENSHOTS"); dir != "" {
				shot, err := b.Screenshot(ctx)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, "board-"+device.Slug(tt.name)+".png"), shot, 0o600)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

// TestCoverageInABrowser: it fits a phone, in the dark and without scripts as well.
func TestCoverageInABrowser(t *testing.T) {
	l := viewtest.NewLab()
	l.Report.Devices[1].Device.Name = strings.Repeat("a-very-long-name", 10)
	srv := httptest.NewServer(newServer(t, l).Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	for _, view := range []browser.View{{Width: 360, Height: 780, Dark: true}, {Width: 1440, Height: 900, NoScript: true}} {
		if err := errors.Join(b.Look(ctx, view), b.Open(ctx, srv.URL+"/coverage")); err != nil {
			t.Fatal(err)
		}
		var page struct {
			Width int
			Text  string
		}
		if err := b.Eval(ctx, `({Width: document.documentElement.scrollWidth, Text: document.body.innerText})`, &page); err != nil {
			t.Fatal(err)
		}
		if page.Width > view.Width || !strings.Contains(page.Text, "only prtg speaks for it") {
			t.Errorf("the page is %d px wide on a screen of %d, text:\n%s", page.Width, view.Width, page.Text)
		}
		if dir := os.Getenv("QUORATE_SCREENSHOTS"); dir != "" {
			shot, err := b.Screenshot(ctx)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("coverage-%d.png", view.Width)), shot, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

func TestVerdictChangesLive(t *testing.T) {
	l := viewtest.NewLab()
	srv := httptest.NewServer(newServer(t, l).Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	if err := errors.Join(b.Look(ctx, browser.View{Width: 1440, Height: 900}), b.Open(ctx, srv.URL+"/")); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(ctx, `document.getElementById("live").textContent === "Live."`); err != nil {
		t.Fatal(err)
	}
	// The keyboard's place must survive the change.
	printer := string(l.AllDevices[6].ID)
	if err := b.Eval(ctx, `document.querySelector("#`+printer+` a").focus()`, nil); err != nil {
		t.Fatal(err)
	}
	l.Mu.Lock()
	l.AllDevices[6].Status = device.StatusDown
	l.Mu.Unlock()
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Text: "printer is down: prtg says so"})
	for _, want := range []string{
		`document.querySelector("#` + printer + ` .pill").textContent.includes("down")`,
		`document.title.startsWith("(5)")`,
		`document.activeElement === document.querySelector("#` + printer + ` a")`,
		`document.getElementById("announce").textContent.includes("printer is down")`,
	} {
		if err := b.Wait(ctx, want); err != nil {
			t.Error(err)
		}
	}
}

func TestBoardByKeyboard(t *testing.T) {
	l := viewtest.NewLab()
	srv := httptest.NewServer(newServer(t, l).Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	if err := errors.Join(b.Look(ctx, browser.View{Width: 1440, Height: 900}), b.Open(ctx, srv.URL+"/"),
		b.Key(ctx, "j"), b.Key(ctx, "j"), b.Key(ctx, "k"),
		b.Wait(ctx, `document.activeElement === document.querySelector("#board tbody th a")`),
		b.Key(ctx, "/"), b.Wait(ctx, `document.activeElement.type === "search"`)); err != nil {
		t.Fatal(err)
	}
}
