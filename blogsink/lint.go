package blogsink

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/leakcheck"
)

// Weight says whether a finding of the lint keeps a post back.
type Weight string

// The weights of a finding.
const (
	WeightError   Weight = "error"
	WeightWarning Weight = "warning"
)

// LintFinding is something in a post that reads badly, breaks a site or should not be there.
type LintFinding struct {
	Rule   string `json:"rule"`
	Weight Weight `json:"weight"`
	Line   int    `json:"line"` // from 1; 0 is the whole file
	Text   string `json:"text"` // one sentence, with what to do
}

// LintOptions is what a post is looked at with. Everything of it is optional.
type LintOptions struct {
	// Name is the file's base name; a draft's markers may stand in it.
	Name  string
	Draft bool
	// Posts are the names in _posts without their endings, as post_url wants them; nil is not known.
	Posts []string
	// Exists reports whether a file lies under the blog's folder; nil is not known.
	Exists func(path string) bool
	// Now is the clock; zero is not known.
	Now time.Time
	// Leaks finds what is private; nil looks for nothing.
	Leaks func(name string, b []byte) []leakcheck.Finding
}

// linter looks at one post.
type linter struct {
	o     LintOptions
	bytes []byte
	lines []lintLine
	found []LintFinding
}

// lintLine is a line of a post and what it is part of.
type lintLine struct {
	text string
	// prose is the text with code blanked out; "" inside of a block of code, of the front matter and of raw HTML.
	prose string
	kind  lineKind
	depth int // of a heading
}

type lineKind int

const (
	lineBlank lineKind = iota
	lineFront
	lineCode // inside of a fence
	lineFence
	lineHeading
	lineTable
	lineList
	lineQuote
	lineHTML // a comment, a marker or a tag that begins the line
	lineLiquid
	linePara
)

// Lint looks at a post and returns what it finds in the order of the lines.
func Lint(b []byte, o LintOptions) []LintFinding {
	l := &linter{o: o, bytes: b}
	text := strings.ReplaceAll(strings.TrimPrefix(string(b), "\ufeff"), "\r\n", "\n")
	l.split(text)
	for _, rule := range []func(){
		l.frontMatter, l.encoding, l.placeholders, l.liquid, l.links, l.headings, l.paragraphs, l.blankLines, l.repeats, l.statuses, l.challenges, l.leaks,
	} {
		rule()
	}
	slices.SortStableFunc(l.found, func(a, b LintFinding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule))
	})
	return slices.Compact(l.found)
}

func (l *linter) fail(rule string, i int, text string) {
	l.found = append(l.found, LintFinding{rule, WeightError, i + 1, text})
}

func (l *linter) warn(rule string, i int, text string) {
	l.found = append(l.found, LintFinding{rule, WeightWarning, i + 1, text})
}

var (
	fenceLine   = regexp.MustCompile("^\\s*(`{3,}|~{3,})")
	headingLine = regexp.MustCompile(`^(#{1,6})\s+(.*)$`)
	listLine    = regexp.MustCompile(`^\s*([-*+]|\d{1,9}[.)])\s`)
	liquidLine  = regexp.MustCompile(`^\{%.*%\}$`)
	codeSpan    = regexp.MustCompile("`+[^`]+`+")
)

// split tells the lines apart.
func (l *linter) split(text string) {
	raw := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	front := len(raw) > 0 && raw[0] == "---"
	fence := ""
	for i, t := range raw {
		line := lintLine{text: t, kind: linePara}
		trimmed := strings.TrimSpace(t)
		switch {
		case front:
			line.kind = lineFront
			front = i == 0 || trimmed != "---"
		case fence != "":
			line.kind = lineCode
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "" {
				line.kind, fence = lineFence, ""
			}
		case fenceLine.MatchString(t):
			line.kind = lineFence
			fence = fenceLine.FindStringSubmatch(t)[1]
		case trimmed == "":
			line.kind = lineBlank
		case headingLine.MatchString(t):
			line.kind = lineHeading
			line.depth = len(headingLine.FindStringSubmatch(t)[1])
		case strings.HasPrefix(trimmed, "|"):
			line.kind = lineTable
		case listLine.MatchString(t):
			line.kind = lineList
		case strings.HasPrefix(trimmed, ">"):
			line.kind = lineQuote
		case strings.HasPrefix(trimmed, "<") && !strings.HasPrefix(trimmed, "<http"):
			line.kind = lineHTML
		case liquidLine.MatchString(trimmed):
			line.kind = lineLiquid
		case i > 0 && t != trimmed && (l.lines[i-1].kind == lineList || strings.HasPrefix(t, "  ") && l.lines[i-1].kind == lineBlank && l.inList(i)):
			line.kind = lineList // it goes on
		}
		if line.kind != lineFront && line.kind != lineCode && line.kind != lineFence {
			line.prose = codeSpan.ReplaceAllStringFunc(t, func(s string) string { return strings.Repeat(" ", len(s)) })
		}
		l.lines = append(l.lines, line)
	}
}

// inList reports whether an indented line behind an empty one is part of the list before it.
func (l *linter) inList(i int) bool {
	for j := i - 1; j >= 0; j-- {
		switch l.lines[j].kind {
		case lineBlank, lineFence, lineCode:
		case lineList:
			return true
		default:
			return false
		}
	}
	return false
}

var markerLine = regexp.MustCompile(`(?m)^[ \t]*<!--[ \t]*quorate:.*-->[ \t]*$`)

// leaks are those of the gate: kinds, never values.
func (l *linter) leaks() {
	if l.o.Leaks == nil {
		return
	}
	b := l.bytes
	if l.o.Draft { // the sums in its markers are not published
		b = markerLine.ReplaceAllFunc(b, func(m []byte) []byte { return bytes.Repeat([]byte(" "), len(m)) })
	}
	for _, f := range l.o.Leaks(l.o.Name, b) {
		if f.Offset < 0 || f.Offset > len(l.bytes) {
			l.fail("leak", -1, "the file's name holds something private, a "+f.Kind)
			continue
		}
		l.fail("leak", bytes.Count(l.bytes[:f.Offset], []byte("\n")), "something private stands here, a "+f.Kind+": write it in other words")
	}
}
