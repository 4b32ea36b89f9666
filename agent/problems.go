package agent

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Problems is every mistake of a configuration. Its text names file and line and shows the line, but only the parts of
// it that cannot be a secret: one that was typed where it does not belong must not travel into a log.
type Problems struct {
	files fileSet
	diags hcl.Diagnostics
}

// problems puts the diagnostics in the order of their places.
func problems(files fileSet, diags hcl.Diagnostics) *Problems {
	place := func(d *hcl.Diagnostic) hcl.Range {
		if d.Subject == nil {
			return hcl.Range{}
		}
		return *d.Subject
	}
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		x, y := place(a), place(b)
		return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Start.Byte, y.Start.Byte), cmp.Compare(a.Detail, b.Detail))
	})
	return &Problems{files: files, diags: diags}
}

// ours is the Extra of diagnostics whose text we wrote: it repeats nothing that may be a secret, which is not known of
// HCL's own.
type ours struct{}

// problem is a diagnostic of our own at r.
func problem(r hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r, Extra: ours{}}
}

// joinProblems puts the problems that several errors hold of one configuration together; an error of another type is kept as it is.
func joinProblems(errs ...error) error {
	var files fileSet
	var diags hcl.Diagnostics
	var rest []error
	for _, err := range errs {
		var p *Problems
		switch {
		case err == nil:
		case errors.As(err, &p):
			files, diags = p.files, append(diags, p.diags...)
		default:
			rest = append(rest, err)
		}
	}
	if len(diags) > 0 {
		rest = append([]error{problems(files, diags)}, rest...)
	}
	return errors.Join(rest...)
}

// Error returns the diagnostics, each with its place and what may be shown of the line in question.
func (p *Problems) Error() string {
	views, shown := map[string]shownFile{}, map[string]*hcl.File{}
	for path, f := range p.files.parser.Files() {
		views[path] = newShownFile(f, p.broken(path))
		shown[path] = &hcl.File{Body: f.Body, Bytes: views[path].shown}
	}
	var b bytes.Buffer
	w := hcl.NewDiagnosticTextWriter(&b, shown, 100, false)
	for _, d := range p.diags {
		c := *d
		c.Expression, c.EvalContext = nil, nil // they would print the values of variables
		if _, ok := d.Extra.(ours); !ok && d.Subject != nil {
			c.Detail = views[d.Subject.Filename].redact(d.Detail)
		}
		if err := w.WriteDiagnostic(&c); err != nil {
			fmt.Fprintf(&b, "%s\n", d.Summary)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// broken reports whether the file did not parse: then nobody knows what in it is a name and what a secret.
func (p *Problems) broken(path string) bool {
	for _, d := range p.files.syntax {
		if d.Subject != nil && d.Subject.Filename == path && d.Summary != "Attribute redefined" {
			return true
		}
	}
	return false
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

var words = regexp.MustCompile(`[\pL\pN]+`)

// redact takes out of one of HCL's texts what it quotes from the hidden parts of the file.
func (v shownFile) redact(text string) string {
	return quoted.ReplaceAllStringFunc(text, func(q string) string {
		for _, w := range words.FindAllString(q, -1) {
			if v.hidden[w] {
				return "(hidden)"
			}
		}
		return q
	})
}

// maxBrief bounds in characters what an event repeats of an error.
const maxBrief = 500

// brief is an error as one line: of a configuration the first mistake with its place, and how many more there are.
func brief(err error) string {
	text := []rune(oneLine(err))
	if len(text) > maxBrief {
		return string(text[:maxBrief]) + "..."
	}
	return string(text)
}

func oneLine(err error) string {
	p, ok := errors.AsType[*Problems](err)
	if !ok {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return first
	}
	d := p.diags[0]
	text := strings.TrimSuffix(d.Summary, ".")
	if d.Subject != nil {
		text = fmt.Sprintf("%s:%d: %s", d.Subject.Filename, d.Subject.Start.Line, text)
		detail := d.Detail
		f := p.files.parser.Files()[d.Subject.Filename]
		if _, ok := d.Extra.(ours); !ok && f != nil {
			detail = newShownFile(f, p.broken(d.Subject.Filename)).redact(detail)
		}
		if detail = strings.Join(strings.Fields(detail), " "); detail != "" && !strings.HasPrefix(detail, d.Summary) {
			text += ": " + strings.TrimSuffix(detail, ".")
		}
	} else if d.Detail != "" {
		text += ": " + strings.TrimSuffix(d.Detail, ".")
	}
	if more := len(p.diags) - 1; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
