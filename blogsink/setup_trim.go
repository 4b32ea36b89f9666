package blogsink

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// mostAlike is how many blocks of the same form a post shows next to each other.
const mostAlike = 3

// listing is the configuration in force as a post shows it.
func (s *Sink) listing(ctx context.Context, c *composer, devices []device.Current) (*Listing, error) {
	setup, err := s.opts.History.Setup(ctx)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	l, err := NewListing(ctx, setup, ListingOptions{Table: s.table, Devices: devices, Most: mostAlike, Report: &c.report})
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return l, nil
}

// unchanged is the newest post that shows a configuration, where it is the same as now: it need not stand twice. A post
// that cannot be read shows none.
func unchanged(dir string, f *Facts) *Post {
	if !f.Config.Any() {
		return nil
	}
	for _, p := range slices.Backward(f.Previous) {
		text, err := os.ReadFile(filepath.Join(dir, "_posts", p.Ref.String()+".md"))
		_, section, found := strings.Cut(string(text), "\n## Configuration\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if err != nil || !found || !strings.Contains(section, "\n```hcl\n") {
			continue
		}
		if strings.Contains(section, f.Config.Code()) {
			return &p
		}
		return nil
	}
	return nil
}

// trim keeps the first of many blocks of the same form, and every device that another hangs behind: a reader who has
// seen three pins has seen them all.
func trim(l *Listing, most int) {
	named := map[Literal]bool{}
	for _, b := range l.Blocks {
		for _, a := range b.Attributes {
			if a.Name.text == "parents" || a.Name.text == "anchors" {
				for _, v := range a.Many {
					named[v.One] = true
				}
			}
		}
	}
	l.Blocks = trimmed(l.Blocks, most, named)
}

func trimmed(blocks []ListedBlock, most int, keep map[Literal]bool) []ListedBlock {
	seen, last := map[string]int{}, map[string]int{}
	var out []ListedBlock
	for _, b := range blocks {
		form := b.form()
		seen[form]++
		if seen[form] > most && b.repeats() && !slices.ContainsFunc(b.Labels, func(l Literal) bool { return keep[l] }) {
			out[last[form]].More++
			continue
		}
		b.Blocks = trimmed(b.Blocks, most, keep)
		last[form] = len(out)
		out = append(out, b)
	}
	return out
}

// repeats reports blocks of which there are as many as devices.
func (b *ListedBlock) repeats() bool {
	return b.Name.text == "device" || b.Name.text == "target"
}

// form is what a block has, whatever the values are.
func (b *ListedBlock) form() string {
	parts := []string{b.Name.text}
	for _, a := range b.Attributes {
		parts = append(parts, a.Name.text)
	}
	for i := range b.Blocks {
		parts = append(parts, b.Blocks[i].form())
	}
	return strings.Join(parts, " ")
}
