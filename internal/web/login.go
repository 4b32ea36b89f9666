package web

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/quorate/quorate/internal/access"
)

// loginPage is what the login shows. It has a frame of its own: whoever is not logged in learns nothing of the lab.
type loginPage struct {
	Theme, Title string
	// Next is where the login leads, a path of this page.
	Next string
	// Link is the address that the button of a login link posts to, "" without one.
	Link string
	// Wrong says what was wrong with the token, Text anything else that is to be said first.
	Wrong, Text string
	byLink      bool
	Caller      access.Caller
}

// In reports whether somebody is logged in.
func (p *loginPage) In() bool { return p.Caller.Kind == access.CallerSession }

// Reads reports whether there are pages to go to.
func (p *loginPage) Reads() bool { return p.Caller.May(access.Read) }

func (s *Site) showLogin(w http.ResponseWriter, r *http.Request, status int, p *loginPage) {
	p.Theme = themeOf(r)
	p.Caller, _ = access.CallerOf(r.Context())
	if p.Next == "" {
		p.Next = "/"
	}
	if p.Title == "" {
		p.Title = "Log in"
	}
	var b bytes.Buffer
	if err := s.pages.templates["login"].ExecuteTemplate(&b, "login.html", p); err != nil {
		s.opt.Log.Error("page not rendered", "page", "login", "err", err)
		http.Error(w, "The page could not be rendered; the agent's log says why.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (s *Site) loginForm(w http.ResponseWriter, r *http.Request) {
	p := &loginPage{Next: access.LocalPath(r.URL.Query().Get("next"))}
	if c, _ := access.CallerOf(r.Context()); c.Kind == access.CallerSession {
		p.Title = "You are logged in"
	}
	s.showLogin(w, r, http.StatusOK, p)
}

// loginByToken takes the form. The token is never in an address, and never in a page.
func (s *Site) loginByToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		s.showLogin(w, r, http.StatusBadRequest, &loginPage{Wrong: "The form did not come whole; send it again."})
		return
	}
	next := access.LocalPath(r.PostForm.Get("next"))
	s.loggedIn(w, r, s.opt.Gate.LoginByToken(w, r, r.PostForm.Get("token")), &loginPage{Next: next})
}

// linkForm shows a button: programs that look at links in advance do not press it, and leave the link unused.
func (s *Site) linkForm(w http.ResponseWriter, r *http.Request) {
	link := r.PathValue("link")
	if !s.opt.Gate.LinkGood(link) {
		s.showLogin(w, r, http.StatusUnauthorized, &loginPage{Text: "This link is not good any more: it is for one use within 10 minutes. \"quorate login\" prints another."})
		return
	}
	s.showLogin(w, r, http.StatusOK, &loginPage{Link: access.LinkPath(link)})
}

func (s *Site) loginByLink(w http.ResponseWriter, r *http.Request) {
	s.loggedIn(w, r, s.opt.Gate.LoginByLink(w, r, r.PathValue("link")), &loginPage{Next: "/", byLink: true})
}

// loggedIn leads on to where the page says, or shows it with what was wrong.
func (s *Site) loggedIn(w http.ResponseWriter, r *http.Request, err error, p *loginPage) {
	if err == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, p.Next, http.StatusSeeOther)
		return
	}
	status, wrong := http.StatusInternalServerError, "The login could not be stored; the agent's log says why."
	if denied, ok := errors.AsType[*access.Denied](err); ok {
		denied.Challenge = "" // people are shown a form, not asked by their browser
		denied.Headers(w.Header())
		status, wrong = denied.Status, denied.Text
	} else {
		s.opt.Log.Error("login failed", "err", err)
	}
	if p.byLink {
		p.Text = wrong
	} else {
		p.Wrong = wrong
	}
	s.showLogin(w, r, status, p)
}

func (s *Site) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.opt.Gate.Logout(w, r); err != nil {
		s.opt.Log.Error("logout not stored", "err", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, access.LoginPath, http.StatusSeeOther)
}

// Refused answers people who may not.
func (s *Site) Refused(w http.ResponseWriter, r *http.Request, denied *access.Denied) {
	switch denied.Status {
	case http.StatusSeeOther:
		w.WriteHeader(denied.Status) // the header says where to
	case http.StatusUnauthorized:
		http.Error(w, denied.Text, denied.Status)
	default:
		title := "You may not do this"
		if denied.Status == http.StatusTooManyRequests {
			title = "Too many requests"
		}
		s.showLogin(w, r, denied.Status, &loginPage{Title: title, Text: denied.Text})
	}
}
