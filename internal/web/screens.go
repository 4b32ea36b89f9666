package web

import (
	"html/template"
	"net/http"
	"time"

	"github.com/quorate/quorate/internal/access"
)

// screens are the pages beside the board, the devices and the incidents.
func (s *Site) screens(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/events", access.Read, s.eventsPage)
	page(http.MethodGet, "/events.jsonl", access.Read, s.eventLines)
	page(http.MethodGet, "/coverage", access.Read, s.coveragePage)
	page(http.MethodGet, "/sources", access.Read, s.sourcesPage)
}

// screenFuncs are the words of their templates.
var screenFuncs = template.FuncMap{
	"clock": func(t time.Time) string { return t.UTC().Format("01-02 15:04:05") },
}
