package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// maintenancePage has the windows that are open, and those to come.
type maintenancePage struct {
	Open, Next []device.Maintenance
	Groups     []view.Group
	Devices    []device.Current // to choose from
	Form       maintenanceForm
	Done       string
}

// maintenanceForm is what was typed, with why it was not taken.
type maintenanceForm struct{ Targets, For, Reason, Error string }

func (s *Site) maintenancePage(w http.ResponseWriter, r *http.Request) {
	s.showMaintenance(w, r, http.StatusOK, maintenanceForm{Targets: clean(r.URL.Query().Get("device"))})
}

func (s *Site) showMaintenance(w http.ResponseWriter, r *http.Request, status int, form maintenanceForm) {
	now := s.opt.Now()
	page := maintenancePage{Groups: s.opt.Read.Groups(), Devices: s.opt.Read.Devices(now), Form: form, Done: done[r.URL.Query().Get("done")]}
	for _, m := range s.opt.Read.Maintenance(now) {
		if m.Active {
			page.Open = append(page.Open, m)
		} else {
			page.Next = append(page.Next, m)
		}
	}
	s.render(w, r, status, "maintenance", &frame{Title: "Maintenance", Here: "/maintenance", Still: s.opt.Act != nil, Content: &page})
}

func (s *Site) startMaintenance(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	f := maintenanceForm{
		Targets: strings.TrimSpace(r.PostForm.Get("targets")), For: strings.TrimSpace(r.PostForm.Get("for")), Reason: strings.TrimSpace(r.PostForm.Get("reason")),
	}
	var targets []string
	for t := range strings.SplitSeq(f.Targets, ",") {
		if t = strings.TrimSpace(t); t != "" {
			targets = append(targets, t)
		}
	}
	span, err := time.ParseDuration(strings.ReplaceAll(f.For, " ", ""))
	switch {
	case err != nil || span <= 0:
		err = wrong("How long? Write 2h, 90m or 1h30m.")
	case len(targets) == 0:
		err = wrong("Of what? Write names of devices or groups, with commas between them.")
	default:
		_, _, err = s.opt.Act.StartMaintenance(r.Context(), targets, span, f.Reason)
	}
	if err != nil {
		var status int
		status, f.Error = s.refusal("maintenance", err)
		s.showMaintenance(w, r, status, f)
		return
	}
	http.Redirect(w, r, "/maintenance?done=started", http.StatusSeeOther)
}

func (s *Site) endMaintenance(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	if _, err := s.opt.Act.EndMaintenance(r.Context(), r.PostForm.Get("target"), strings.TrimSpace(r.PostForm.Get("reason"))); err != nil {
		status, text := s.refusal("maintenance", err)
		s.showMaintenance(w, r, status, maintenanceForm{Error: text})
		return
	}
	http.Redirect(w, r, "/maintenance?done=ended", http.StatusSeeOther)
}

func (s *Site) maintenanceRoutes(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/maintenance", access.Read, s.maintenancePage)
	if s.opt.Act != nil {
		page(http.MethodPost, "/maintenance/start", access.Admin, s.startMaintenance)
		page(http.MethodPost, "/maintenance/end", access.Admin, s.endMaintenance)
	}
}
