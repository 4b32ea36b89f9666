package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/device"
)

type deviceShowCmd struct {
	readFlags
	Device string `arg:"" help:"Name, id, address or SOURCE/REF."`
	JSON   bool   `name:"json" help:"All of it as JSON."`
}

func (c *deviceShowCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var profile device.Profile
	if err := cl.get(ctx, "/api/v1/devices/"+url.PathEscape(c.Device)+"/identity", nil, &profile); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(profile)
	}
	p.printProfile(&profile, time.Now())
	return nil
}

func (p *Program) printProfile(d *device.Profile, now time.Time) {
	fmt.Fprintf(p.Stdout, "%s (%s), known for %s\n", printable(d.Name), d.ID, age(now.Sub(d.Created)))
	if len(d.Aliases) > 0 {
		fmt.Fprintf(p.Stdout, "also known as %s\n", printable(nameList(d.Aliases)))
	}
	if len(d.Apart) > 0 {
		fmt.Fprintf(p.Stdout, "not %s, says a person\n", printable(nameList(d.Apart)))
	}
	for i := range d.Parents {
		fmt.Fprintln(p.Stdout, "hangs on "+printable(parentText(&d.Parents[i])))
	}
	fmt.Fprintln(p.Stdout)
	p.table("FIELD\tVALUE\tSAYS\tFOR\tOTHERS SAY", func(w *tabwriter.Writer) {
		for _, f := range d.Fields {
			since := "-"
			if !f.Since.IsZero() {
				since = age(now.Sub(f.Since))
			}
			var others []string
			for _, o := range f.Dissent {
				others = append(others, fmt.Sprintf("%s: %s (%s)", o.Source, o.Value, age(now.Sub(o.Since))))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Name, printable(f.Value), printable(f.Source), since, printable(strings.Join(others, "; ")))
		}
	})
	fmt.Fprintln(p.Stdout)
	p.table("REF\tBOUND BY\tFOR\tVOTES\tKEYS", func(w *tabwriter.Writer) {
		for i := range d.Refs {
			b := &d.Refs[i]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", printable(b.Source+"/"+b.Ref), strings.ReplaceAll(b.By, "_", " "), age(now.Sub(b.Since)),
				votesOf(b), printable(keysOf(b)))
		}
	})
	if len(d.Conflicts)+len(d.Repairs) > 0 {
		fmt.Fprintln(p.Stdout)
	}
	for _, c := range d.Conflicts {
		other := ""
		if c.Other != nil {
			other = " with " + c.Other.Name
		}
		fmt.Fprintf(p.Stdout, "%s  conflict%s over %s: %s\n", c.At.Local().Format("2006-01-02 15:04:05"), printable(other),
			strings.ReplaceAll(c.Key, "_", " "), strings.ReplaceAll(c.Reason, "_", " "))
	}
	for _, r := range d.Repairs {
		fmt.Fprintf(p.Stdout, "%s  %s\n", r.At.Local().Format("2006-01-02 15:04:05"), printable(repairText(&r)))
	}
}

// parentText names a parent and says how it is known.
func parentText(p *device.Parent) string {
	if !p.Discovered {
		return p.Name + ", says the configuration"
	}
	return p.Name + ", by " + p.Link
}

func nameList(list []device.Name) string {
	words := make([]string, 0, len(list))
	for _, n := range list {
		words = append(words, fmt.Sprintf("%s (%s)", n.Name, n.ID))
	}
	return strings.Join(words, ", ")
}

// votesOf says whether a ref votes, and why not.
func votesOf(b *device.Bond) string {
	switch {
	case b.Held != "":
		return "no: it has changed hands"
	case b.Weak:
		return "no: a bare host name is all that binds it"
	case !b.AbsentSince.IsZero():
		return "no: its source no longer has it"
	}
	return "yes"
}

func keysOf(b *device.Bond) string {
	keys := slices.Concat(b.Addresses, b.Hostnames, b.MACs)
	if b.Serial != "" {
		keys = append(keys, "serial "+b.Serial)
	}
	if b.EngineID != "" {
		keys = append(keys, "engine id "+b.EngineID)
	}
	return strings.Join(keys, " ")
}

func repairText(r *device.Repair) string {
	text := r.Kind
	if r.Other != nil {
		text += " with " + r.Other.Name
	}
	refs := make([]string, 0, len(r.Refs))
	for _, ref := range r.Refs {
		refs = append(refs, ref.Source+"/"+ref.Ref)
	}
	if len(refs) > 0 {
		text += " (" + strings.Join(refs, " ") + ")"
	}
	text += " by " + strings.ReplaceAll(r.By, "_", " ")
	if !r.UndoneAt.IsZero() {
		text += ", undone " + r.UndoneAt.Local().Format("2006-01-02 15:04:05")
	}
	return text
}
