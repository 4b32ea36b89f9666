package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/sdk"
)

type sourceCheckCmd struct {
	readFlags
	Name string `arg:"" help:"The source's name."`
	JSON bool   `name:"json" help:"Everything as one object."`
}

// Run polls every source once: what a source is worth depends on the others.
func (c *sourceCheckCmd) Run(ctx context.Context, p *Program) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if _, err := cfg.Only(c.Name); err != nil {
		return failWith(exitUsage, err)
	}
	h, done, err := p.temporaryHost()
	if err != nil {
		return err
	}
	defer done()
	found, err := cfg.CheckSource(ctx, h, p.types(), c.Name)
	if err != nil {
		return err
	}
	if c.JSON {
		err = p.printJSON(found)
	} else {
		p.printCheck(found)
	}
	if err == nil && !found.Works {
		return exitQuietly(exitFailed)
	}
	return err
}

// section is a heading of its own after an empty line.
func (p *Program) section(title string) { fmt.Fprintf(p.Stdout, "\n%s\n", title) }

func (p *Program) printCheck(c *agent.SourceCheck) {
	switch {
	case c.Works:
		fmt.Fprintf(p.Stdout, "%s (%s) works.\n", printable(c.Source), printable(c.Type))
	default:
		fmt.Fprintf(p.Stdout, "%s (%s) FAILS: %s\n", printable(c.Source), printable(c.Type), printable(c.Error))
	}
	if len(c.Findings) > 0 {
		p.section("WHAT IT FOUND")
		p.printFindings(c.Findings)
	}
	p.printRejected(c.Rejected)
	if c.Works && len(c.Devices) > 0 {
		p.section("WITNESSES")
		p.printWitnesses(c)
	}
	if len(c.Near)+len(c.Shared) > 0 {
		p.section("MAY BE THE SAME, AND ARE NOT TAKEN FOR IT")
		p.printNear(c)
	}
	if len(c.Others) > 0 {
		p.section("OTHER SOURCES THAT FAIL")
		for _, o := range c.Others {
			fmt.Fprintln(p.Stdout, saying(o.Source, o.Error))
		}
	}
	if c.HCL != "" {
		p.section("SUGGESTED")
		for line := range strings.Lines(c.HCL) {
			fmt.Fprintln(p.Stdout, printable(strings.TrimRight(line, "\n")))
		}
	}
}

// mark tells a level without colour.
func mark(l sdk.FindingLevel) string {
	switch l {
	case sdk.LevelOK:
		return "ok"
	case sdk.LevelProblem:
		return "PROBLEM"
	}
	return "advice"
}

func (p *Program) printFindings(list []agent.Found) {
	w := p.columns(p.Stdout)
	for _, f := range list {
		for i, line := range wrapped(printable(f.Text), textWidth) {
			if i > 0 {
				fmt.Fprintf(w, "\t\t\t%s\n", line)
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mark(f.Level), printable(f.Topic), printable(f.Value), line)
		}
	}
	_ = w.Flush() // a broken pipe ends the command anyway
}

// How wide a column of sentences is, and a line of its own.
const (
	textWidth = 90
	pageWidth = 120
)

// wrapped breaks a text between words into lines of at most width characters, and a longer word not at all. An empty
// text is one line.
func wrapped(s string, width int) []string {
	lines, line, n := []string{}, "", 0
	for w := range strings.FieldsSeq(s) {
		size := utf8.RuneCountInString(w)
		if line != "" && n+1+size > width {
			lines, line, n = append(lines, line), "", 0
		}
		if line != "" {
			line, n = line+" ", n+1
		}
		line, n = line+w, n+size
	}
	return append(lines, line)
}

// maxListed is how many of many a person reads; --json has all.
const maxListed = 20

func (p *Program) printRejected(list []agent.RejectedRef) {
	if len(list) == 0 {
		return
	}
	p.section("NOT TAKEN")
	for _, r := range list[:min(len(list), maxListed)] {
		fmt.Fprintf(p.Stdout, "%q: %s\n", printable(r.Ref), printable(r.Reason))
	}
	p.more(len(list))
}

func (p *Program) more(n int) {
	if n > maxListed {
		fmt.Fprintf(p.Stdout, "and %d more\n", n-maxListed)
	}
}

func (p *Program) printWitnesses(c *agent.SourceCheck) {
	var second, alone []agent.CheckedDevice
	for _, d := range c.Devices {
		if d.Second {
			second = append(second, d)
		} else {
			alone = append(alone, d)
		}
	}
	fmt.Fprintf(p.Stdout, "%s by %s, of %d in all: %d gain a second witness by it, %d do not.\n", plural(len(c.Devices), "device"), printable(c.Source), c.Total, len(second), len(alone))
	if len(second) > 0 {
		fmt.Fprintln(p.Stdout)
		p.table("DEVICE\tREF\tALSO SEEN BY", func(w *tabwriter.Writer) {
			for _, d := range second {
				with := strings.Join(d.With, ", ")
				if d.Weak {
					with += " (bound by a bare host name alone)"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", printable(d.Name), printable(strings.Join(d.Refs, ", ")), printable(with))
			}
		})
	}
	if len(alone) > 0 {
		var names []string
		for _, d := range alone[:min(len(alone), maxListed)] {
			names = append(names, printable(d.Name))
		}
		text := strings.Join(names, ", ")
		if n := len(alone) - len(names); n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintln(p.Stdout)
		for _, line := range wrapped("without a second witness: "+text, pageWidth) {
			fmt.Fprintln(p.Stdout, line)
		}
	}
}

func (p *Program) printNear(c *agent.SourceCheck) {
	for _, s := range c.Shared[:min(len(c.Shared), maxListed)] {
		var names []string
		for _, n := range s.Of[:min(len(s.Of), 5)] {
			names = append(names, printable(n.Name))
		}
		if n := len(s.Of) - len(names); n > 0 {
			names = append(names, fmt.Sprintf("%d more", n))
		}
		fmt.Fprintf(p.Stdout, "%s has the %s %s at %d devices, so that it says nothing: %s\n", printable(s.Source), word(string(s.Kind)), printable(s.Value), len(s.Of), strings.Join(names, ", "))
	}
	p.more(len(c.Shared))
	if len(c.Near) == 0 {
		return
	}
	p.table("DEVICE\tREF\tOTHER DEVICE\tREF\tIN COMMON\tWHY NOT", func(w *tabwriter.Writer) {
		for _, n := range c.Near[:min(len(c.Near), maxListed)] {
			fmt.Fprintf(w, "%s\t%s/%s\t%s\t%s/%s\t%s %s\t%s\n", printable(n.Name.Name), n.Ref.Source, printable(n.Ref.Ref), printable(n.With.Name), n.Other.Source, printable(n.Other.Ref), word(string(n.Kind)), printable(n.Value), whyApart(n.Reason))
		}
	})
	p.more(len(c.Near))
}

func word(s string) string { return strings.ReplaceAll(s, "_", " ") }

// whyApart says in words why two devices were not taken for one.
func whyApart(reason string) string {
	why := map[string]string{
		identity.ReasonShared: "a source has it at several devices", identity.ReasonName: "a name alone binds nothing",
		identity.ReasonSameSource: "one source knows both", identity.ReasonSerial: "their chassis serials differ",
		identity.ReasonEngineID: "their engine ids differ", identity.ReasonNeverMerge: "never_merge says so",
		identity.ReasonPins: "the configuration describes both", identity.ReasonApart: "a person said that they are two",
		identity.ReasonOutranked: "a stronger key points elsewhere",
	}
	if text, ok := why[reason]; ok {
		return text
	}
	return printable(word(reason))
}
