package web

import (
	"net/http"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// configurationPage is the configuration in force, and what a reload would change.
type configurationPage struct {
	Status device.ConfigStatus
	Text   string
	// Tried says that somebody asked what a reload would change; Changes are a line each.
	Tried   bool
	Changes []string
	Error   string
	Done    string
}

func (s *Site) configurationPage(w http.ResponseWriter, r *http.Request) {
	s.showConfiguration(w, r, http.StatusOK, configurationPage{Done: done[r.URL.Query().Get("done")]})
}

func (s *Site) showConfiguration(w http.ResponseWriter, r *http.Request, status int, page configurationPage) {
	c, err := s.opt.Read.Configuration()
	if err != nil {
		s.unreadable(w, "configuration", err)
		return
	}
	page.Status, page.Text = c.ConfigStatus, configText(c.Attributes, c.Blocks)
	s.render(w, r, status, "configuration", &frame{Title: "Configuration", Here: "/configuration", Still: page.Tried, Content: &page})
}

// reload tries a reload, or carries it out.
func (s *Site) reload(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	page := configurationPage{Tried: r.PostForm.Get("order") != "reload"}
	what, err := s.opt.Act.Reload(r.Context(), page.Tried)
	switch {
	case err != nil:
		var status int
		status, page.Error = s.refusal("configuration", err)
		page.Tried = false
		s.showConfiguration(w, r, status, page)
	case page.Tried:
		page.Changes = what.Changed
		s.showConfiguration(w, r, http.StatusOK, page)
	default:
		http.Redirect(w, r, "/configuration?done=reloaded", http.StatusSeeOther)
	}
}

func (s *Site) configurationRoutes(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/configuration", access.Read, s.configurationPage)
	if s.opt.Act != nil {
		page(http.MethodPost, "/configuration", access.Admin, s.reload)
	}
}
