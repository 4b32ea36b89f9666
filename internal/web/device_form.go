package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// deviceForm is what was filled into a form of a device's page, and what is wrong with it.
type deviceForm struct {
	// Of is the form: "acknowledgement" or "maintenance".
	Of     string
	Reason string
	For    string
	// Wrong is what is wrong, by field; "" is the form as a whole.
	Wrong map[string]string
}

// doneWords say what a form has done, by the word that the address has after it.
var doneWords = map[string]string{
	"acknowledged": "Acknowledged: nobody is told again until its status changes.",
	"loud":         "No longer acknowledged.",
	"maintenance":  "Maintenance has begun: it is recorded, and nobody is told.",
	"ended":        "Maintenance is over.",
	"merge":        "The two are one device now.",
	"split":        "It is split.",
	"rename":       "It has its new name.",
	"confirm":      "Confirmed: the ref votes.",
	"forget":       "Forgotten.",
	"undo":         "It is taken back.",
}

// carriedOut leads back to a device's page, which says what was done.
func carriedOut(w http.ResponseWriter, r *http.Request, id device.ID, word string) {
	http.Redirect(w, r, "/devices/"+url.PathEscape(string(id))+"?done="+word, http.StatusSeeOther)
}

// acknowledge quiets a device until its status changes, or makes it loud again.
func (s *Site) acknowledge(w http.ResponseWriter, r *http.Request) {
	d, ok := s.find(w, r)
	if !ok || !readForm(w, r) {
		return
	}
	form := deviceForm{Of: "acknowledgement", Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	end := r.PostForm.Get("do") == "end"
	_, err := s.opt.Act.Acknowledge(r.Context(), string(d.ID), form.Reason, end)
	switch {
	case err != nil:
		status, text := s.refusal("acknowledgement", err)
		form.Wrong = map[string]string{"": text}
		s.showDevice(w, r, status, d, form)
	case end:
		carriedOut(w, r, d.ID, "loud")
	default:
		carriedOut(w, r, d.ID, "acknowledged")
	}
}

// maintain begins or ends maintenance of a device.
func (s *Site) maintain(w http.ResponseWriter, r *http.Request) {
	d, ok := s.find(w, r)
	if !ok || !readForm(w, r) {
		return
	}
	form := deviceForm{Of: "maintenance", Reason: strings.TrimSpace(r.PostForm.Get("reason")), For: strings.TrimSpace(r.PostForm.Get("for"))}
	word := "maintenance"
	var err error
	if r.PostForm.Get("do") == "end" {
		word = "ended"
		_, err = s.opt.Act.EndMaintenance(r.Context(), string(d.ID), form.Reason)
	} else {
		span, wrong := time.ParseDuration(form.For)
		if wrong != nil || span <= 0 {
			form.Wrong = map[string]string{"for": "Write a length of time like 30m, 2h or 1h30m."}
			s.showDevice(w, r, http.StatusUnprocessableEntity, d, form)
			return
		}
		_, _, err = s.opt.Act.StartMaintenance(r.Context(), []string{string(d.ID)}, span, form.Reason)
	}
	if err != nil {
		status, text := s.refusal("maintenance", err)
		form.Wrong = map[string]string{"": text}
		s.showDevice(w, r, status, d, form)
		return
	}
	carriedOut(w, r, d.ID, word)
}
