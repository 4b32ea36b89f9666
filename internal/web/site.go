// Package web is the page that people keep open: HTML made on the server, complete without JavaScript, live with it.
//
// Everything shown comes through a view.Reader, which is the last committed state and the record: nothing is shown that is
// not stored. Texts of devices, sources and plugins are hostile: they reach HTML in text position only, cut and without
// control characters. Nothing is loaded from elsewhere.
package web

import (
	"log/slog"
	"time"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// Options is what the agent passes in.
type Options struct {
	Read view.Reader
	// Act carries out what a form orders; nil where nothing may be ordered.
	Act view.Actor
	// Gate lets people in; nil lets in those of this process alone, as in a test.
	Gate *access.Gate
	// Name is the agent's, as of now.
	Name func() string
	// Simulated marks every page as made up.
	Simulated bool
	Log       *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// place is a page that every other one leads to.
type place struct{ Path, Name string }

// places are the pages of the navigation, in its order.
var places = []place{
	{"/", "Board"},
	{"/disagreements", "Disagreements"},
	{"/incidents", "Incidents"},
	{"/events", "Events"},
	{"/coverage", "Coverage"},
	{"/sources", "Sources"},
	{"/milestones", "Milestones"},
}

// Site is the page. Make one with New.
type Site struct {
	opt   Options
	pages *pages
}

// New parses the templates.
func New(opt Options) (*Site, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Gate == nil {
		opt.Gate = access.NewGate(nil)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	p, err := loadPages()
	return &Site{opt, p}, err
}
