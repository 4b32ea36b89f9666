package blogsink

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate/internal/sanitize"
)

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

// clause is one part of the security note; empty for none.
func clause(c Count, singular, plural string) string {
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

// mostRoles is how many roles are named; the rest is counted.
const mostRoles = 6

// shownRole reports whether the i-th most frequent role is named. Devices that no monitor says anything about are not.
func shownRole(r RoleCount, named int) bool {
	return r.Role != sanitize.RoleDevice && named < mostRoles
}

// namedRoles splits the roles into those that are named, and how many devices have another.
func namedRoles(roles []RoleCount) (named []RoleCount, rest Count) {
	for _, r := range roles {
		if shownRole(r, len(named)) {
			named = append(named, r)
		} else {
			rest += r.N
		}
	}
	return named, rest
}

// roleList names the most frequent roles and counts the rest, with the sign before it that goes on with a sentence.
func roleList(roles []RoleCount) string {
	if len(roles) == 0 {
		return ""
	}
	named, rest := namedRoles(roles)
	var parts []string
	for _, r := range named {
		parts = append(parts, r.N.Of(r.Role.Noun(), r.Role.Plural()))
	}
	if len(parts) == 0 {
		return ", of kinds that no monitor names"
	}
	if rest > 0 {
		parts = append(parts, rest.Word()+" more")
	}
	return ": " + and(parts)
}

// period is the stretch of time that a post is about.
func period(p Provenance) string {
	from, to := p.From.Clock(), p.To.Clock()
	switch {
	case p.OneDay && from == to:
		return p.From.Day()
	case p.OneDay:
		return fmt.Sprintf("%s, %s to %s %s", p.From.Day(), from, to, p.Zone)
	}
	return fmt.Sprintf("%s to %s", p.From.Day(), p.To.Day())
}
