package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

//go:embed page/*.html
var pageFiles embed.FS

// pages is the parsed templates and the static files with their hashed names.
type pages struct {
	templates map[string]*template.Template
	assets    map[string]asset  // by URL path
	urls      map[string]string // file name -> URL path
}

func loadPages() (*pages, error) {
	p := &pages{templates: map[string]*template.Template{}, assets: map[string]asset{}, urls: map[string]string{}}
	if err := p.loadAssets(); err != nil {
		return nil, err
	}
	funcs := template.FuncMap{
		"asset":      func(name string) string { return p.urls[name] },
		"icon":       p.iconURL,
		"modules":    p.modules,
		"age":        age,
		"ago":        ago,
		"brief":      brief,
		"cells":      cellsHTML,
		"eventTypes": func() string { return eventTypes },
		"places":     func() []place { return places },
		"votespan":   func(d device.Duration) string { return age(time.Duration(d)) },
		"clean":      clean,
		"prose":      func(s string) string { return cleanTo(s, maxProse) },
		"stamp":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"exact":      func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"word":       func(s any) string { return strings.ReplaceAll(fmt.Sprint(s), "_", " ") },
		"num":        func(f float64) string { return fmt.Sprintf("%.2f", f) },
		"plugin":     pluginText,
		"mib":        func(n int64) string { return fmt.Sprintf("%d MiB", n>>20) },
		"behind":     func(i device.Incident) int { return max(0, len(i.Devices)-1) },
	}
	files, err := fs.Glob(pageFiles, "page/[a-z]*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		t, err := template.New("_base.html").Funcs(funcs).Funcs(screenFuncs).Funcs(deviceFuncs).ParseFS(pageFiles, "page/_*.html", file)
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		p.templates[name] = t
	}
	return p, nil
}

// Routes are the routes of the page, for the server's table.
func (s *Site) Routes() []access.Route {
	var all []access.Route
	page := func(method, path string, scope access.Scope, h http.HandlerFunc) {
		all = append(all, access.Route{Method: method, Path: path, Scope: scope, Page: true, Handler: h})
	}
	page(http.MethodGet, "/{$}", access.Read, s.boardPage)
	s.devices(page)
	s.screens(page)
	page(http.MethodGet, "/static/", access.Open, s.static)
	page(http.MethodGet, access.LoginPath, access.Open, s.loginForm)
	page(http.MethodPost, access.LoginPath, access.Open, s.loginByToken)
	page(http.MethodGet, access.LoginPath+"/{link}", access.Open, s.linkForm)
	page(http.MethodPost, access.LoginPath+"/{link}", access.Open, s.loginByLink)
	page(http.MethodPost, access.LogoutPath, access.Open, s.logout)
	page(http.MethodPost, "/theme", access.Open, s.chooseTheme)
	return all
}

// Missing answers where there is no page.
func (s *Site) Missing(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "Nothing here"})
}
