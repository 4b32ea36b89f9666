package web

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/access"
)

// screens are the pages beside the board, the devices and the incidents.
func (s *Site) screens(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/disagreements", access.Read, s.disagreementsPage)
	page(http.MethodGet, "/events", access.Read, s.eventsPage)
	page(http.MethodGet, "/events.jsonl", access.Read, s.eventLines)
	page(http.MethodGet, "/coverage", access.Read, s.coveragePage)
	s.milestoneRoutes(page)
	s.rejectedRoutes(page)
	s.maintenanceRoutes(page)
	s.configurationRoutes(page)
	page(http.MethodGet, "/sources", access.Read, s.sourcesPage)
	page(http.MethodGet, "/sources/{source}", access.Read, s.sourcePage)
}

// screenFuncs are the words of their templates.
var screenFuncs = template.FuncMap{
	"said":      said,
	"raw":       func(s string) string { return cleanTo(s, maxConfig) },
	"following": func(n int64) int64 { return n + 1 },
	"dict":      dict,
	"percent":   percentText,
	"took":      tookText,
	"clock":     func(t time.Time) string { return t.UTC().Format("01-02 15:04:05") },
}

// said is a word of a list that may not be closed: as people write it, and harmless.
func said(s any) string { return strings.ReplaceAll(clean(fmt.Sprint(s)), "_", " ") }

// dict hands several values to a template: names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: name %d is no text", i/2+1)
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// percentText never rounds up to 100: what is not whole does not look so.
func percentText(p *float64) string {
	if p == nil {
		return "–"
	}
	text := strconv.FormatFloat(*p, 'f', 1, 64)
	if text == "100.0" && *p < 100 {
		text = "99.9"
	}
	return text + " %"
}

// tookText is how long a poll took.
func tookText(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
