package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// mutation is one wrong change: in file, in the function whose first line begins with in (anywhere where that is
// empty), the lines from become the lines to.
type mutation struct {
	file, why string
	in        string
	from, to  []string
	line      int // in the list
}

func (m *mutation) pkg() string { return "./" + filepath.ToSlash(filepath.Dir(m.file)) }

// parse reads a list: each mutation is a line "= file: why it matters", then "@ func ..." where it is in one function,
// "- text" for each line as it is and "+ text" for each as it becomes. Leading space does not matter, "#" begins a
// comment.
func parse(text string) ([]mutation, error) {
	var all []mutation
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\n")
		mark, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if mark == "" || strings.HasPrefix(mark, "#") {
			continue
		}
		if mark == "=" {
			file, why, ok := strings.Cut(rest, ": ")
			if !ok {
				return nil, fmt.Errorf("line %d: want \"= file: why\", not %q", n, line)
			}
			all = append(all, mutation{file: file, why: why, line: n})
			continue
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("line %d: %q belongs to no mutation", n, line)
		}
		m := &all[len(all)-1]
		switch mark {
		case "@":
			m.in = rest
		case "-":
			m.from = append(m.from, rest)
		case "+":
			m.to = append(m.to, rest)
		default:
			return nil, fmt.Errorf("line %d: %q begins with none of = @ - + #", n, line)
		}
	}
	for _, m := range all {
		if len(m.from) == 0 {
			return nil, fmt.Errorf("line %d: nothing to change", m.line)
		}
	}
	return all, nil
}

// apply returns the source with the change made. What is to change must be there exactly once.
func (m *mutation) apply(source string) (string, error) {
	from, to := 0, len(source)
	if m.in != "" {
		at := strings.Index("\n"+source, "\n"+m.in)
		if at < 0 || strings.Contains(source[at+1:], "\n"+m.in) {
			return "", fmt.Errorf("line %d of the list: %q is not in %s exactly once", m.line, m.in, m.file)
		}
		from = at
		if end := strings.Index(source[at:], "\n}"); end >= 0 {
			to = at + end
		}
	}
	quoted := make([]string, len(m.from))
	for i, line := range m.from {
		quoted[i] = regexp.QuoteMeta(line)
	}
	found := regexp.MustCompile(strings.Join(quoted, `\n\s*`)).FindAllStringIndex(source[from:to], -1)
	if len(found) != 1 {
		return "", fmt.Errorf("line %d of the list: %q is in %s %d times", m.line, strings.Join(m.from, " "), m.file, len(found))
	}
	return source[:from+found[0][0]] + strings.Join(m.to, "\n") + source[from+found[0][1]:], nil
}
