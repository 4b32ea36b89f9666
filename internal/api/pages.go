package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

//go:embed page/*.html
var pageFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// pages is the parsed templates and the static files with their hashed names.
type pages struct {
	templates map[string]*template.Template
	assets    map[string]asset  // by URL path
	urls      map[string]string // file name -> URL path
}

type asset struct {
	kind  string
	plain []byte
	gz    []byte
}

func loadPages() (*pages, error) {
	p := &pages{templates: map[string]*template.Template{}, assets: map[string]asset{}, urls: map[string]string{}}
	if err := p.loadAssets(); err != nil {
		return nil, err
	}
	funcs := template.FuncMap{
		"asset":    func(name string) string { return p.urls[name] },
		"age":      age,
		"votespan": func(d device.Duration) string { return age(time.Duration(d)) },
		"clean":    clean,
		"prose":    func(s string) string { return cleanTo(s, maxProse) },
		"stamp":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"exact":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"word":     func(s any) string { return strings.ReplaceAll(fmt.Sprint(s), "_", " ") },
		"num":      func(f float64) string { return fmt.Sprintf("%.2f", f) },
		"plugin":   pluginText,
		"mib":      func(n int64) string { return fmt.Sprintf("%d MiB", n>>20) },
		"behind":   func(i device.Incident) int { return max(0, len(i.Devices)-1) },
	}
	for _, name := range []string{"board", "coverage", "device", "events", "sources", "missing"} {
		t, err := template.New("base.html").Funcs(funcs).ParseFS(pageFiles, "page/base.html", "page/votes.html", "page/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		p.templates[name] = t
	}
	return p, nil
}

func (p *pages) loadAssets() error {
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return fmt.Errorf("static files: %w", err)
	}
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	for _, e := range entries {
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return fmt.Errorf("static file %s: %w", e.Name(), err)
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(e.Name())
		url := "/static/" + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		var gz bytes.Buffer
		z := gzip.NewWriter(&gz)
		if _, err := z.Write(b); err != nil {
			return fmt.Errorf("compress %s: %w", e.Name(), err)
		}
		if err := z.Close(); err != nil {
			return fmt.Errorf("compress %s: %w", e.Name(), err)
		}
		p.assets[url], p.urls[e.Name()] = asset{kind: kinds[ext], plain: b, gz: gz.Bytes()}, url
	}
	return nil
}

func (s *Server) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.boardPage)
	mux.HandleFunc("GET /devices/{device}", s.devicePage)
	mux.HandleFunc("GET /events", s.eventsPage)
	mux.HandleFunc("GET /coverage", s.coveragePage)
	mux.HandleFunc("GET /sources", s.sourcesPage)
	mux.HandleFunc("GET /static/", s.static)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			problem(w, http.StatusNotFound, "not_found", "There is nothing at this address; /api/v1/openapi.json lists what there is.")
			return
		}
		s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "Nothing here"})
	})
}

func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.pages.assets[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(a.gz)
		return
	}
	_, _ = w.Write(a.plain)
}

// frame is what every page shows around its content.
type frame struct {
	Title     string
	Here      string // the path of the page, to mark it in the navigation
	Agent     string
	Simulated bool
	Problems  int // counted in the tab's title
	Limits    []device.Limit
	LastSeq   int64
	Now       time.Time
	Content   any
}

// render executes into a buffer first: an error never leaves half a page with 200.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, f *frame) {
	f.Agent, f.Simulated, f.LastSeq, f.Now = *s.name.Load(), s.cfg.Simulated, s.read.LastSeq(), s.now()
	f.Limits = s.read.Status(f.Now).Limits
	var b bytes.Buffer
	if err := s.pages.templates[name].Execute(&b, f); err != nil {
		s.log.Error("page not rendered", "page", name, "err", err)
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

func (s *Server) boardPage(w http.ResponseWriter, r *http.Request) {
	now := s.now()
	b := buildBoard(s.read.Devices(now), s.read.Sources(now), s.read.Incidents(), s.read.Scores(), now)
	b.filter(r.URL.Query().Get("q"), r.URL.Query().Get("show"))
	s.render(w, r, http.StatusOK, "board", &frame{Title: "Jury board", Here: "/", Problems: b.Problems, Content: b})
}

type devicePage struct {
	Device   device.Current
	Row      row
	Sources  []string
	Sentence string
	Stand    string
	Verdict  *device.Verdict
	Verdicts []device.Verdict
	Events   []device.Event
	Names    []string
	// Now and Then are the votes of now and those behind the verdict.
	Now, Then ballots
}

// ballots is votes in two parts: what decides or is wrong, and that parts are well, which would bury it.
type ballots struct{ Telling, Well []device.Vote }

func sortBallots(votes []device.Vote) ballots {
	var b ballots
	for _, v := range votes {
		if v.Facet == device.FacetHealth && v.State == device.StateOK {
			b.Well = append(b.Well, v)
			continue
		}
		b.Telling = append(b.Telling, v)
	}
	return b
}

func (s *Server) devicePage(w http.ResponseWriter, r *http.Request) {
	now := s.now()
	d, ok := s.read.Device(r.PathValue("device"), now)
	if !ok {
		s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "No such device"})
		return
	}
	page := devicePage{Device: d, Row: buildRow(d, sourceNames(s.read.Sources(now)), now), Sources: sourceNames(s.read.Sources(now))}
	page.Now = sortBallots(d.Votes)
	v, ok, err := s.read.VerdictAt(r.Context(), d.ID, now)
	if err == nil && ok {
		page.Verdict, page.Then = &v, sortBallots(v.Votes)
	}
	if err == nil {
		e := s.read.Explain(d.ID, page.Verdict, now)
		page.Sentence, page.Stand = e.Text, e.Now
	}
	if err == nil {
		page.Verdicts, err = s.read.Verdicts(r.Context(), d.ID, 20)
	}
	if err == nil {
		page.Events, err = s.read.EventsOf(r.Context(), d.ID, 50)
	}
	if err != nil {
		s.log.Error("page not rendered", "page", "device", "err", err)
		http.Error(w, "The record could not be read; the agent's log says why.", http.StatusInternalServerError)
		return
	}
	page.Names = append(append(append(page.Names, d.Addresses...), d.Hostnames...), d.MACs...)
	s.render(w, r, http.StatusOK, "device", &frame{Title: clean(d.Name), Here: "/devices", Content: page})
}

func (s *Server) eventsPage(w http.ResponseWriter, r *http.Request) {
	const shown = 200
	events, err := s.read.Events(r.Context(), max(0, s.read.LastSeq()-shown), shown)
	if err != nil {
		s.log.Error("page not rendered", "page", "events", "err", err)
		http.Error(w, "The record could not be read; the agent's log says why.", http.StatusInternalServerError)
		return
	}
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	s.render(w, r, http.StatusOK, "events", &frame{Title: "Events", Here: "/events", Content: events})
}

// coveragePage has the devices that cannot be confirmed, or whose sources partly fail together, before all others.
type coveragePage struct {
	Counts      []consensus.WitnessCount
	Shared      int
	Short, Rest []consensus.Covered
}

func (s *Server) coveragePage(w http.ResponseWriter, r *http.Request) {
	report := s.read.Coverage(s.now())
	page := coveragePage{Counts: report.Counts, Shared: len(report.Shared)}
	for _, c := range report.Devices {
		if c.Best == device.StandingConfirmed && len(c.Shared) == 0 {
			page.Rest = append(page.Rest, c)
			continue
		}
		page.Short = append(page.Short, c)
	}
	s.render(w, r, http.StatusOK, "coverage", &frame{Title: "Coverage", Here: "/coverage", Content: page})
}

// sourcesPage has what goes in and what goes out.
type sourcesPage struct {
	Sources []device.SourceStatus
	Sinks   []device.SinkStatus
}

func (s *Server) sourcesPage(w http.ResponseWriter, r *http.Request) {
	page := sourcesPage{Sources: s.read.Sources(s.now()), Sinks: s.read.Sinks()}
	s.render(w, r, http.StatusOK, "sources", &frame{Title: "Sources", Here: "/sources", Content: page})
}
