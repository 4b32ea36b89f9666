package web

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/browser"
)

// One browser serves all tests of the package, one after the other.
var shared struct {
	sync.Mutex
	b *browser.Browser
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.b != nil {
		_ = shared.b.Close()
	}
	os.Exit(code)
}

// startBrowser lends a real browser, as if just started, or skips loudly where there is none.
func startBrowser(t *testing.T) (*browser.Browser, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	shared.Lock()
	t.Cleanup(shared.Unlock)
	if shared.b == nil {
		b, err := browser.Start(ctx)
		if errors.Is(err, browser.ErrMissing) && os.Getenv("QUORATE_CI") != "1" {
			t.Skip("SKIPPED: needs a browser (Debian package chromium): pages as they look and live updates")
		}
		if err != nil {
			t.Fatal(err)
		}
		shared.b = b
	}
	b := shared.b
	t.Cleanup(func() {
		done, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.Clear(done); err != nil {
			t.Errorf("leave the page: %v", err)
		}
	})
	return b, ctx
}
