package web

import (
	"net/http"
	"strings"
)

// themeCookie remembers which colours a person chose. It says nothing about who that is.
const themeCookie = "quorate_theme"

// themeOf is the theme that a person chose; "" where they did not, and the system's holds.
func themeOf(r *http.Request) string {
	c, err := r.Cookie(themeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

// chooseTheme sets the cookie and goes back to where the form was.
func (s *Site) chooseTheme(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "This was no form.", http.StatusBadRequest) // to anybody: a page tells of the lab
		return
	}
	// The script sets the same cookie, so that it does not have to ask.
	c := &http.Cookie{Name: themeCookie, Path: "/", SameSite: http.SameSiteStrictMode, MaxAge: 400 * 24 * 60 * 60, Secure: r.TLS != nil}
	switch theme := r.PostForm.Get("theme"); theme {
	case "light", "dark":
		c.Value = theme
	default:
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
	http.Redirect(w, r, backTo(r.PostForm.Get("back")), http.StatusSeeOther)
}

// backTo is an address on this page alone: a form must not lead elsewhere.
func backTo(address string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return "/"
	}
	return address
}
