package agent

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/quorate/quorate/sdk"
)

// Problems is every mistake of a configuration. Its text names file and line and shows the line, with the texts of
// plugins' settings blanked: a secret typed where it does not belong must not travel into a log.
type Problems struct {
	files   fileSet
	diags   hcl.Diagnostics
	schemas map[string]sdk.Schema // of the sources whose plugin was asked
}

func problems(files fileSet, diags hcl.Diagnostics) *Problems {
	return &Problems{files: files, diags: diags}
}

// Join puts the problems of several errors together; an error of another type is kept as it is.
func joinProblems(errs ...error) error {
	var all *Problems
	var rest []error
	for _, err := range errs {
		var p *Problems
		switch {
		case err == nil:
		case !errors.As(err, &p):
			rest = append(rest, err)
		case all == nil:
			all = &Problems{files: p.files, diags: p.diags, schemas: p.schemas}
		default:
			all.diags = append(all.diags, p.diags...)
			maps.Copy(all.schemas, p.schemas)
		}
	}
	if all != nil {
		rest = append([]error{all}, rest...)
	}
	return errors.Join(rest...)
}

// Error returns the diagnostics, each with its place and the line in question.
func (p *Problems) Error() string {
	shown := map[string]*hcl.File{}
	for path, f := range p.files.parser.Files() {
		shown[path] = &hcl.File{Body: f.Body, Bytes: p.blanked(f)}
	}
	var b bytes.Buffer
	w := hcl.NewDiagnosticTextWriter(&b, shown, 100, false)
	for _, d := range p.diags {
		if err := w.WriteDiagnostic(withoutValues(d)); err != nil {
			fmt.Fprintf(&b, "%s\n", d.Summary)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// withoutValues drops what would print the values of variables in the expression at fault.
func withoutValues(d *hcl.Diagnostic) *hcl.Diagnostic {
	c := *d
	c.Expression, c.EvalContext = nil, nil
	return &c
}

// blanked returns the file's bytes with the literals in config blocks made unreadable, except the arguments of
// functions and the attributes that the plugin's schema calls harmless. Offsets stay what they were.
func (p *Problems) blanked(f *hcl.File) []byte {
	out := bytes.Clone(f.Bytes)
	root, ok := syntaxBody(f.Body)
	if !ok {
		return out
	}
	for _, b := range root.Blocks {
		if b.Type != "source" && b.Type != "sink" {
			continue
		}
		schema, known := sdk.Schema{}, false
		if len(b.Labels) == 2 {
			schema, known = p.schemas[b.Labels[1]]
		}
		for _, c := range b.Body.Blocks {
			if c.Type == "config" {
				blankBody(out, c.Body, schema, known)
			}
		}
	}
	return out
}

func blankBody(out []byte, body *hclsyntax.Body, schema sdk.Schema, known bool) {
	harmless := map[string]bool{}
	for _, a := range schema.Attributes {
		harmless[a.Name] = known && !a.Sensitive
	}
	for name, a := range body.Attributes {
		if !harmless[name] {
			blankLiterals(out, a.Expr)
		}
	}
	for _, b := range body.Blocks {
		inner := sdk.Schema{}
		for _, s := range schema.Blocks {
			if s.Name == b.Type {
				inner = s.Schema
			}
		}
		blankBody(out, b.Body, inner, known)
	}
}

func blankLiterals(out []byte, e hclsyntax.Expression) {
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if lit, ok := n.(*hclsyntax.LiteralValueExpr); ok && !insideCall(e, lit) {
			r := lit.Range()
			for i := r.Start.Byte; i < r.End.Byte && i < len(out); i++ {
				if out[i] != '\n' {
					out[i] = '*'
				}
			}
		}
		return nil
	})
}

// insideCall reports whether lit is an argument of a function: the name of a variable or a file, which is no secret.
func insideCall(e hclsyntax.Expression, lit *hclsyntax.LiteralValueExpr) bool {
	found := false
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok {
			found = found || call.Range().ContainsPos(lit.Range().Start)
		}
		return nil
	})
	return found
}
