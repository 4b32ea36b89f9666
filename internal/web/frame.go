package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// eventTypes are those that the stream names, for the script: it is told of events by their types alone.
var eventTypes = func() string {
	var all []string
	for _, t := range device.EventTypes() {
		all = append(all, string(t))
	}
	return strings.Join(all, " ")
}()

// frame is what every page shows around its content.
type frame struct {
	Title     string
	Here      string // the path of the page, to mark it in the navigation
	Agent     string
	Simulated bool
	Problems  int // devices that need a person, counted in the tab's title
	Limits    []device.Limit
	LastSeq   int64
	Now       time.Time
	// Scripts are modules of the page's own, by file name, besides the one that every page has.
	Scripts []string
	// Still keeps the page from being loaded anew by itself where there is no script: somebody may be typing.
	Still   bool
	Content any
	// devices are those that the page has read already; nil has them read for the title.
	devices []device.Current

	// What follows is filled in by render.

	Theme string // "light", "dark"; "" is as the system has it
	// Answer says that the page answers an order: it stays as it is, and its address may take orders alone.
	Answer  bool
	Address string // path and query of the page
	Caller  access.Caller
}

// May reports whether who asks holds a scope: what a form orders is offered to those alone who may order it.
func (f *frame) May(scope access.Scope) bool { return access.Held(f.Caller.Scopes, scope) }

// render executes into a buffer first: an error never leaves half a page with 200.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, name string, f *frame) {
	f.Agent, f.Simulated, f.LastSeq, f.Now = s.opt.Name(), s.opt.Simulated, s.opt.Read.LastSeq(), s.opt.Now()
	f.Limits = s.opt.Read.Status(f.Now).Limits
	if f.devices == nil {
		f.devices = s.opt.Read.Devices(f.Now)
	}
	f.Problems = problems(f.devices)
	f.Theme, f.Address = themeOf(r), r.URL.RequestURI()
	f.Answer = r.Method == http.MethodPost
	f.Caller, _ = access.CallerOf(r.Context())
	var b bytes.Buffer
	if err := s.pages.templates[name].Execute(&b, f); err != nil {
		s.opt.Log.Error("page not rendered", "page", name, "err", err)
		http.Error(w, "The page could not be rendered; the agent's log says why.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(b.Bytes())
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	_, _ = z.Write(b.Bytes())
	_ = z.Close()
}
