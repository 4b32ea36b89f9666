package web

import (
	"errors"
	"net/http"

	"github.com/quorate/quorate/internal/view"
)

// maxForm bounds a form in bytes: a note may be long.
const maxForm = 128 << 10

// readForm takes a form, or answers that it is none.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			http.Error(w, "The form is longer than 128 KiB.", http.StatusRequestEntityTooLarge)
			return false
		}
		http.Error(w, "This was no form.", http.StatusBadRequest)
		return false
	}
	return true
}

// wrong is a refusal by a form itself.
func wrong(text string) error { return &view.Refused{Text: text} }

// refusal is the status and the words for whoever ordered; what is an error of ours is for the log.
func (s *Site) refusal(page string, err error) (status int, text string) {
	if refused, ok := errors.AsType[*view.Refused](err); ok {
		if refused.Conflict {
			return http.StatusConflict, refused.Text
		}
		return http.StatusUnprocessableEntity, refused.Text
	}
	s.opt.Log.Error("order not carried out", "page", page, "err", err)
	return http.StatusInternalServerError, "The order could not be carried out; the agent's log says why."
}
