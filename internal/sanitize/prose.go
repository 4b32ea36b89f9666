package sanitize

import (
	"context"
	"fmt"
	"strings"

	"github.com/quorate/quorate/device"
)

// Prose is a person's Markdown with everything private taken out, made harmless. Only a Cleaner makes it.
type Prose struct{ markdown string }

// String returns Markdown, blocks with blank lines between.
func (p Prose) String() string { return p.markdown }

// IsZero reports whether there is no text.
func (p Prose) IsZero() bool { return p.markdown == "" }

// IsBlock reports whether the text begins with a block of code, which needs a line of its own.
func (p Prose) IsBlock() bool {
	return strings.HasPrefix(p.markdown, "```") || strings.HasPrefix(p.markdown, "{% raw %}") || strings.HasPrefix(p.markdown, "<pre>")
}

// Indented returns the text as it stands in a list item: all lines but the first indented by n.
func (p Prose) Indented(n int) string {
	return strings.ReplaceAll(strings.ReplaceAll(p.markdown, "\n", "\n"+strings.Repeat(" ", n)), "\n"+strings.Repeat(" ", n)+"\n", "\n\n")
}

// Words is one line of a person's text with everything private taken out. Only a Cleaner makes it.
type Words struct{ text string }

// String returns the line for running text in Markdown.
func (w Words) String() string { return Readable(w.text) }

// Quoted returns the line as a scalar of front matter.
func (w Words) Quoted() string { return Quote(w.text) }

// Slug returns the line in small letters, digits and single hyphens.
func (w Words) Slug() string { return device.Slug(w.text) }

// IsZero reports whether there is no text.
func (w Words) IsZero() bool { return w.text == "" }

// Prose cleans a person's Markdown.
func (c *Cleaner) Prose(ctx context.Context, s string, r *Report) (Prose, error) {
	clean, err := c.Text(ctx, s, r)
	return Prose{Markdown(clean)}, err
}

// Words cleans a person's line, such as a title.
func (c *Cleaner) Words(ctx context.Context, s string, r *Report) (Words, error) {
	clean, err := c.Text(ctx, strings.Join(strings.Fields(s), " "), r)
	return Words{strings.Join(strings.Fields(visible(clean)), " ")}, err
}

// Compose returns a line made of a format of the program's own and cleaned words.
func Compose(format string, parts ...Words) Words {
	args := make([]any, len(parts))
	for i, p := range parts {
		args[i] = p.text
	}
	return Words{fmt.Sprintf(format, args...)}
}
