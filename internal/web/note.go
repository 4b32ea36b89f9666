package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/quorate/quorate/blogsink"
)

// noteForm is a note as it was typed, with why it was not taken.
type noteForm struct {
	Kinds                                                   []string
	Kind, Title, Text, For, Milestone, Hours, Lang, Numbers string
	Error                                                   string
}

// note reads what was typed. The error is for whoever typed it.
func (f *noteForm) note() (blogsink.NewNote, error) {
	n := blogsink.NewNote{Kind: f.Kind, Title: f.Title, Text: f.Text, For: f.For, Language: f.Lang}
	var err error
	if f.Milestone != "" {
		if n.Milestone, err = strconv.Atoi(f.Milestone); err != nil {
			return n, wrong("The milestone is a number; leave it empty for the open one.")
		}
	}
	if f.Hours != "" {
		if n.Hours, err = strconv.ParseFloat(strings.ReplaceAll(f.Hours, ",", "."), 64); err != nil {
			return n, wrong("The hours are a number, such as 1.5.")
		}
	}
	for _, word := range strings.FieldsFunc(f.Numbers, func(r rune) bool { return r == ' ' || r == ',' || r == '#' }) {
		seq, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return n, wrong("The events are numbers, as the page of events shows them.")
		}
		n.Evidence = append(n.Evidence, seq)
	}
	return n, nil
}

func (s *Site) addNote(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := noteForm{
		Kind: get("kind"), Title: get("title"), Text: get("text"), For: get("for"), Milestone: get("milestone"), Hours: get("hours"),
		Lang: get("language"), Numbers: get("evidence"),
	}
	n, err := f.note()
	if err == nil {
		_, err = s.opt.Act.AddNote(r.Context(), n)
	}
	if err != nil {
		var status int
		status, f.Error = s.refusal("milestones", err)
		s.showMilestones(w, r, status, f)
		return
	}
	http.Redirect(w, r, "/milestones?done=noted", http.StatusSeeOther)
}
