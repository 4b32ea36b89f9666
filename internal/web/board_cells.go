package web

import (
	"html/template"
	"strings"
	"time"
)

// cellsHTML writes the votes of one row. It is by hand, since a template took most of the time of a board of 500 devices
// for it; every text goes through clean and is escaped, into text and quoted attributes alone.
func cellsHTML(r row, now time.Time) template.HTML {
	var b strings.Builder
	for _, c := range r.Cells {
		b.WriteString(`<td class="v-`)
		b.WriteString(template.HTMLEscapeString(c.Kind))
		b.WriteString(`" data-label="`)
		b.WriteString(template.HTMLEscapeString(clean(c.Source)))
		b.WriteString(`" title="`)
		b.WriteString(template.HTMLEscapeString(cleanTo(c.Detail, maxProse)))
		b.WriteString(`">`)
		if c.Word == "" {
			b.WriteString(`<span class="visually-hidden">not monitored</span>`)
		}
		b.WriteString(template.HTMLEscapeString(clean(c.Word)))
		if !c.At.IsZero() {
			b.WriteByte(' ')
			b.WriteString(string(brief(c.At, now)))
		}
		b.WriteString("</td>\n")
	}
	return template.HTML(b.String())
}
