package blogsink

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// longestDescription is what search engines and feeds show of one, in characters.
const longestDescription = 200

// frontMatter looks at what stands between the first two lines of hyphens.
func (l *linter) frontMatter() {
	text := strings.ReplaceAll(strings.TrimPrefix(string(l.bytes), "\ufeff"), "\r\n", "\n")
	front, _, ok := cutFront(text)
	if !ok {
		l.fail("front-matter", 0, `there is no front matter, or it does not end: a post begins with a line "---", its fields, and another such line`)
		return
	}
	var head map[string]any
	if err := yaml.Unmarshal([]byte(front), &head); err != nil {
		line := 0
		if _, scanErr := fmt.Sscanf(plainYAML(err), "line %d:", &line); scanErr != nil {
			line = 1
		}
		l.fail("front-matter", line, "the front matter cannot be read: put texts between double quotes, most of all those with a colon")
		return
	}
	at := func(field string) int {
		for i, x := range l.lines {
			if x.kind == lineFront && strings.HasPrefix(x.text, field+":") {
				return i
			}
		}
		return 0
	}
	for _, field := range []string{"title", "date", "layout"} {
		if head[field] == nil || head[field] == "" {
			l.fail("front-matter", 0, "the front matter has no "+field)
		}
	}
	switch description, _ := head["description"].(string); {
	case strings.TrimSpace(description) == "":
		l.warn("description", 0, "there is no description: feeds and search engines show one sentence of a post")
	case utf8.RuneCountInString(description) > longestDescription:
		l.warn("description", at("description"), fmt.Sprintf("the description has %d characters, more than %d are cut off", utf8.RuneCountInString(description), longestDescription))
	}
	if title, _ := head["title"].(string); strings.ContainsAny(title, "<>&") {
		l.warn("front-matter", at("title"), "the title holds <, > or &, which some themes print as they are")
	}
	if date, ok := postDate(head["date"]); head["date"] != nil && !ok {
		l.fail("front-matter", at("date"), "the date is none: write it as 2026-01-31 12:00:00 +0000")
	} else if ok && !l.o.Now.IsZero() && date.After(l.o.Now) {
		l.fail("future-date", at("date"), "the date is in the future: site builders leave such a post out without a word")
	}
}

func postDate(v any) (time.Time, bool) {
	switch d := v.(type) {
	case time.Time:
		return d, true
	case string:
		for _, form := range []string{"2006-01-02 15:04:05 -0700", time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
			if t, err := time.Parse(form, d); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// mojibake is UTF-8 that was read as another code and written again.
var mojibake = regexp.MustCompile("\u00c3[\u0080-\u00bf\u00a0-\u00ff]|\u00e2\u20ac[\u0080-\u2122]|\u201a[\u00c4-\u00fa\u00d6]|\u00ef\u00bf\u00bd|\u00f0\u0178|\ufffd|\u201a\u00fa")

func (l *linter) encoding() {
	if !utf8.Valid(l.bytes) {
		l.fail("mojibake", -1, "the file is not UTF-8")
	}
	for i, x := range l.lines {
		if mojibake.MatchString(x.text) {
			l.fail("mojibake", i, "letters here were written in another code than they are read in: write them anew")
		}
	}
}
