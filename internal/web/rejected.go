package web

import (
	"net/http"
	"strconv"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// rejectedShown is how many stand on a page: as many as one order may name.
const rejectedShown = 100

// rejectedPage is what could not be processed: nothing is dropped in silence.
type rejectedPage struct {
	Items  []view.Rejected
	Older  int64 // the number below which the next page begins, 0 where there is none
	Source string
	// One is the one that was asked for, with its body.
	One   *view.Rejected
	Error string
	Done  string
}

func (s *Site) rejectedPage(w http.ResponseWriter, r *http.Request) {
	s.showRejected(w, r, http.StatusOK, rejectedPage{Done: done[r.URL.Query().Get("done")]})
}

func (s *Site) showRejected(w http.ResponseWriter, r *http.Request, status int, page rejectedPage) {
	page.Source = r.URL.Query().Get("source")
	below, err := strconv.ParseInt(r.URL.Query().Get("below"), 10, 64)
	if err != nil || below < 0 {
		below = 0
	}
	if page.Items, err = s.opt.Read.Rejections(r.Context(), page.Source, below, rejectedShown+1); err != nil {
		s.unreadable(w, "rejected", err)
		return
	}
	if len(page.Items) > rejectedShown {
		page.Items = page.Items[:rejectedShown]
		page.Older = page.Items[rejectedShown-1].Number
	}
	s.render(w, r, status, "rejected", &frame{Title: "Rejected", Here: "/events", Still: s.opt.Act != nil, Content: &page})
}

func (s *Site) oneRejected(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	var one view.Rejected
	var ok bool
	if err == nil {
		if one, ok, err = s.opt.Read.Rejection(r.Context(), number); err != nil {
			s.unreadable(w, "rejected", err)
			return
		}
	}
	if !ok {
		s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "Nothing is rejected under this number", Here: "/events"})
		return
	}
	s.render(w, r, http.StatusOK, "rejected", &frame{Title: "Rejected " + strconv.FormatInt(number, 10), Here: "/events", Still: true, Content: &rejectedPage{One: &one}})
}

// orderRejected replays or drops what was chosen.
func (s *Site) orderRejected(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	var numbers []int64
	var err error
	for _, v := range r.PostForm["number"] {
		var n int64
		if n, err = strconv.ParseInt(v, 10, 64); err != nil {
			err = wrong("What was chosen has no number.")
			break
		}
		numbers = append(numbers, n)
	}
	var n int64
	to := ""
	switch order := r.PostForm.Get("order"); {
	case err != nil:
	case len(numbers) == 0:
		err = wrong("Choose what it is about first.")
	case order == "replay":
		n, err = s.opt.Act.ReplayRejected(r.Context(), numbers)
		to = "replayed"
		if err == nil && n < int64(len(numbers)) {
			err = wrong(strconv.FormatInt(n, 10) + " of " + strconv.Itoa(len(numbers)) + " could be replayed. The rest is still not accepted, for the reason beside it.")
		}
	case order == "drop":
		_, err = s.opt.Act.DropRejected(r.Context(), numbers)
		to = "dropped"
	default:
		err = wrong("Replay or drop? The form did not say.")
	}
	if err != nil {
		page := rejectedPage{}
		var status int
		status, page.Error = s.refusal("rejected", err)
		s.showRejected(w, r, status, page)
		return
	}
	http.Redirect(w, r, "/rejected?done="+to, http.StatusSeeOther)
}

func (s *Site) rejectedRoutes(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/rejected", access.Read, s.rejectedPage)
	page(http.MethodGet, "/rejected/{number}", access.Read, s.oneRejected)
	if s.opt.Act != nil {
		page(http.MethodPost, "/rejected", access.Admin, s.orderRejected)
	}
}
