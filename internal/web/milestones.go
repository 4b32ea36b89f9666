package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// milestonesPage is the lab's story: its milestones, and what was noted for them.
type milestonesPage struct {
	All   []milestoneRow // the newest first
	Notes []device.Note
	Note  noteForm
	Done  string
}

// milestoneRow is a milestone with the sign of its state.
type milestoneRow struct {
	device.Milestone
	Sign, Kind string
}

func milestoneRowOf(m device.Milestone) milestoneRow {
	switch m.State {
	case device.MilestonePublished:
		return milestoneRow{m, "▲", "up"}
	case device.MilestoneApproved:
		return milestoneRow{m, "✓", "info"}
	case device.MilestoneDrafted:
		return milestoneRow{m, "✎", "degraded"}
	}
	return milestoneRow{m, "○", "unknown"}
}

// Open reports whether its post is still to come.
func (m milestoneRow) Open() bool { return m.State != device.MilestonePublished }

// done says in words what an order came to. The address names it, and nothing of the address is shown.
var done = map[string]string{
	"noted":     "It is noted, and the draft is brought up to date.",
	"drafted":   "The draft is written anew.",
	"approved":  "You approved exactly these bytes. Publish puts them into the blog.",
	"published": "The post is published.",
	"started":   "The maintenance has begun.",
	"ended":     "The maintenance is over.",
	"replayed":  "What could be replayed has been.",
	"dropped":   "It is dropped.",
	"reloaded":  "The configuration is in force.",
}

func (s *Site) milestonesPage(w http.ResponseWriter, r *http.Request) {
	s.showMilestones(w, r, http.StatusOK, noteForm{})
}

func (s *Site) showMilestones(w http.ResponseWriter, r *http.Request, status int, form noteForm) {
	all, err := s.opt.Read.Milestones(r.Context())
	if err != nil {
		s.unreadable(w, "milestones", err)
		return
	}
	notes, err := s.opt.Read.Notes(r.Context())
	if err != nil {
		s.unreadable(w, "milestones", err)
		return
	}
	form.Kinds = blogsink.NoteKinds()
	page := milestonesPage{Notes: notes, Note: form, Done: done[r.URL.Query().Get("done")]}
	for _, m := range slices.Backward(all) {
		page.All = append(page.All, milestoneRowOf(m))
	}
	s.render(w, r, status, "milestones", &frame{Title: "Milestones", Here: "/milestones", Still: s.opt.Act != nil, Content: &page})
}

// milestonePage is one milestone. Post is what would be published, where somebody asked.
type milestonePage struct {
	milestoneRow
	Notes []device.Note
	Post  *blogsink.Prepared
	Unfit int // findings that keep it from being approved
	Typed string
	Error string
	Done  string
	Out   *blogsink.Outcome
}

// Short are the digits that a person types to approve.
func (p *milestonePage) Short() string {
	if p.Post == nil || len(p.Post.SHA256) < approveDigits {
		return ""
	}
	return p.Post.SHA256[:approveDigits]
}

// approveDigits of the hash are typed: who approves has looked at this page, and at these bytes.
const approveDigits = 8

// milestone finds the one that a path names.
func (s *Site) milestone(ctx context.Context, number string) (milestonePage, bool, error) {
	all, err := s.opt.Read.Milestones(ctx)
	if err != nil {
		return milestonePage{}, false, err
	}
	i := slices.IndexFunc(all, func(m device.Milestone) bool { return strconv.Itoa(m.Number) == number })
	if i < 0 {
		return milestonePage{}, false, nil
	}
	page := milestonePage{milestoneRow: milestoneRowOf(all[i])}
	notes, err := s.opt.Read.Notes(ctx)
	for _, note := range notes {
		if note.Milestone == page.Number || note.Milestone == 0 && page.Open() {
			page.Notes = append(page.Notes, note)
		}
	}
	return page, true, err
}

// withMilestone answers for the milestone that the path names.
func (s *Site) withMilestone(answer func(http.ResponseWriter, *http.Request, *milestonePage)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, ok, err := s.milestone(r.Context(), r.PathValue("number"))
		switch {
		case err != nil:
			s.unreadable(w, "milestone", err)
		case !ok:
			s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "No such milestone", Here: "/milestones"})
		default:
			page.Done = done[r.URL.Query().Get("done")]
			answer(w, r, &page)
		}
	}
}

func (s *Site) showMilestone(w http.ResponseWriter, r *http.Request, page *milestonePage) {
	s.renderMilestone(w, r, http.StatusOK, page)
}

func (s *Site) renderMilestone(w http.ResponseWriter, r *http.Request, status int, page *milestonePage) {
	s.render(w, r, status, "milestone", &frame{Title: "Milestone " + strconv.Itoa(page.Number), Here: "/milestones", Still: page.Open(), Content: page})
}

// preparedPage says what would be published. It is asked for by a person, as it takes a while.
func (s *Site) preparedPage(w http.ResponseWriter, r *http.Request, page *milestonePage) {
	if r.Header.Get("Sec-Fetch-Dest") == "empty" {
		w.WriteHeader(http.StatusNoContent) // the script that keeps pages current: no post is prepared for it
		return
	}
	s.showPrepared(w, r, page, nil)
}

// showPrepared puts the prepared post on the page, with why an order about it was refused, where one was.
func (s *Site) showPrepared(w http.ResponseWriter, r *http.Request, page *milestonePage, refused error) {
	status := http.StatusOK
	post, err := s.opt.Act.PreparePost(r.Context(), nil)
	if err == nil {
		page.Post, page.Unfit = &post, post.Unfit()
	}
	for _, err := range []error{err, refused} {
		if err == nil {
			continue
		}
		if status, page.Error = s.refusal("milestone", err); status == http.StatusInternalServerError {
			break
		}
	}
	s.renderMilestone(w, r, status, page)
}

// previewPage is the post as a reader would see it, in a page that can do nothing: no script, no form, no link into this
// site, nothing loaded, and no origin of ours.
func (s *Site) previewPage(w http.ResponseWriter, r *http.Request, page *milestonePage) {
	p, err := s.opt.Act.PreviewPost(r.Context(), nil)
	if err != nil {
		var status int
		status, page.Error = s.refusal("milestone", err)
		s.renderMilestone(w, r, status, page)
		return
	}
	h := w.Header()
	// The page brings a policy of its own, which allows its one style by its hash; both hold.
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(p.HTML))
}

func (s *Site) draftPost(w http.ResponseWriter, r *http.Request, page *milestonePage) {
	if err := s.opt.Act.Draft(r.Context()); err != nil {
		var status int
		status, page.Error = s.refusal("milestone", err)
		s.renderMilestone(w, r, status, page)
		return
	}
	http.Redirect(w, r, "/milestones/"+strconv.Itoa(page.Number)+"?done=drafted", http.StatusSeeOther)
}

func (s *Site) approvePost(w http.ResponseWriter, r *http.Request, page *milestonePage) {
	if !readForm(w, r) {
		return
	}
	page.Typed = strings.ToLower(strings.TrimSpace(r.PostForm.Get("sha256")))
	if len(page.Typed) < approveDigits {
		s.showPrepared(w, r, page, wrong("Type the first 8 digits of the hash: they say that you mean exactly these bytes."))
		return
	}
	if _, err := s.opt.Act.ApprovePost(r.Context(), page.Typed); err != nil {
		s.showPrepared(w, r, page, err)
		return
	}
	http.Redirect(w, r, "/milestones/"+strconv.Itoa(page.Number)+"?done=approved", http.StatusSeeOther)
}

func (s *Site) publishPost(w http.ResponseWriter, r *http.Request, page *milestonePage) {
	out, err := s.opt.Act.PublishPost(r.Context())
	if err != nil {
		var status int
		status, page.Error = s.refusal("milestone", err)
		s.renderMilestone(w, r, status, page)
		return
	}
	if out.Uncommitted != "" { // said once, here: the record does not keep it
		page.Out = &out
		s.renderMilestone(w, r, http.StatusOK, page)
		return
	}
	http.Redirect(w, r, "/milestones/"+strconv.Itoa(page.Number)+"?done=published", http.StatusSeeOther)
}

// milestoneRoutes are the pages of the posts; without somebody to order of, they only show.
func (s *Site) milestoneRoutes(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/milestones", access.Read, s.milestonesPage)
	page(http.MethodGet, "/milestones/{number}", access.Read, s.withMilestone(s.showMilestone))
	if s.opt.Act == nil {
		return
	}
	page(http.MethodPost, "/milestones", access.Annotate, s.addNote)
	page(http.MethodGet, "/milestones/{number}/post", access.Propose, s.withMilestone(s.preparedPage))
	page(http.MethodGet, "/milestones/{number}/preview", access.Propose, s.withMilestone(s.previewPage))
	page(http.MethodPost, "/milestones/{number}/draft", access.Propose, s.withMilestone(s.draftPost))
	page(http.MethodPost, "/milestones/{number}/approve", access.Approve, s.withMilestone(s.approvePost))
	page(http.MethodPost, "/milestones/{number}/publish", access.Approve, s.withMilestone(s.publishPost))
}
