package blogsink

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/quorate/quorate/internal/sanitize"
)

//go:embed post.md.tmpl
var postTemplate string

// render makes the post's bytes. It renders twice: the footer names the hash of everything above it.
func render(f *Facts) ([]byte, error) {
	t, err := template.New("post").Funcs(template.FuncMap{
		"phase": phaseTitle, "list": sentences, "part": part, "sources": sourceList, "roles": roleList, "period": period,
		"sentence": func(c Count) string { return capital(c.Word()) },
	}).Parse(postTemplate)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	run := func() ([]byte, error) {
		var b bytes.Buffer
		if err := t.Execute(&b, f); err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
		return tidy(b.String()), nil
	}
	f.Provenance.Context = Digest{}
	first, err := run()
	if err != nil {
		return nil, err
	}
	f.Provenance.Context = sha256.Sum256(first[:bytes.LastIndex(first, []byte("\n---\n"))])
	return run()
}

// tidy takes runs of blank lines together, outside of code, and ends the text with one newline.
func tidy(s string) []byte {
	var out []string
	fence := ""
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") {
			marks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
			if fence == "" {
				fence = marks
			} else if marks == fence && trimmed == marks {
				fence = ""
			}
		}
		if fence == "" {
			line = strings.TrimRight(line, " ")
			if line == "" && len(out) > 0 && out[len(out)-1] == "" {
				continue
			}
		}
		out = append(out, line)
	}
	return []byte(strings.Join(out, "\n") + "\n")
}

// phaseTitle is the heading of the phase, which says "Phase" once.
func phaseTitle(w sanitize.Words) string {
	if text := w.String(); len(text) > 5 && strings.EqualFold(text[:5], "phase") {
		return text
	}
	return "Phase: " + w.String()
}

// part is one clause of the security note; empty for none.
func part(c Count, singular, plural string) string {
	if c == 0 {
		return ""
	}
	return c.Of(singular, plural)
}

// sentences joins clauses to one sentence, such as: One thing is so and two others are not.
func sentences(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return capital(and(some)) + "."
}

func and(parts []string) string {
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func sourceList(sources []Source) string {
	if len(sources) == 0 {
		return "its monitors"
	}
	var names []string
	for _, s := range sources {
		names = append(names, s.Name.String())
	}
	return and(names)
}

// roleList names the most frequent roles and counts the rest.
func roleList(roles []RoleCount) string {
	const most = 6
	var parts []string
	rest := Count(0)
	for _, r := range roles {
		if r.Role == sanitize.RoleDevice || len(parts) == most {
			rest += r.N
			continue
		}
		parts = append(parts, r.N.Of(r.Role.Noun(), r.Role.Plural()))
	}
	if rest > 0 && len(parts) > 0 {
		parts = append(parts, rest.Word()+" more")
	}
	if len(parts) == 0 {
		return "of kinds that no monitor names"
	}
	return and(parts)
}

// period is the stretch of time that a post is about.
func period(p Provenance) string {
	if p.OneDay {
		return fmt.Sprintf("%s, %s to %s UTC", p.From.Day(), p.From.Clock(), p.To.Clock())
	}
	return fmt.Sprintf("%s to %s", p.From.Day(), p.To.Day())
}
