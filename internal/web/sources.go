package web

import (
	"net/http"

	"github.com/quorate/quorate/device"
)

// sourcesPage has what goes in and what goes out.
type sourcesPage struct {
	Sources []device.SourceStatus
	Sinks   []device.SinkStatus
}

func (s *Site) sourcesPage(w http.ResponseWriter, r *http.Request) {
	page := sourcesPage{Sources: s.opt.Read.Sources(s.opt.Now()), Sinks: s.opt.Read.Sinks()}
	s.render(w, r, http.StatusOK, "sources", &frame{Title: "Sources", Here: "/sources", Content: page})
}
