package agent

import (
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
)

func (l *loader) sink(b *hcl.Block) {
	switch kind := b.Labels[0]; kind {
	case "blog":
		l.blog(b)
	case "webhook", "file", "stdout", "notify":
		l.notYet(b.DefRange, "sinks of type \""+kind+"\"", "The API's live stream carries the same events.")
	default:
		l.fail(b.LabelRanges[0], "Unknown sink", "There is no sink of type %q.%s", kind, suggestion(kind, []string{"blog", "webhook", "file", "stdout", "notify"}))
	}
}

func (l *loader) blog(b *hcl.Block) {
	a, _ := l.content(b, "blog")
	c := BlogConfig{
		Name: b.Labels[1], Dir: l.path(a.str("dir", "")), Flavor: a.oneOf("flavor", "jekyll", "jekyll"),
		Title: a.str("title", "Homelab"), Categories: a.strs("categories"), Tags: a.strs("tags"),
		Notes: l.path(a.str("notes", "")), Phase: a.str("phase", ""),
	}
	if c.Dir == "" {
		l.fail(b.DefRange, "Missing attribute", "A blog needs \"dir\", the folder that holds _posts and _drafts.")
	}
	l.cfg.Blogs = append(l.cfg.Blogs, c)
}

// path reads a relative path from the configuration's own folder.
func (l *loader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(l.refs.dir, p)
}
