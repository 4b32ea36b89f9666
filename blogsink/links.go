package blogsink

import (
	"regexp"
	"strings"
)

// LinkStyle is how a post links to others of its site.
type LinkStyle int

// The styles. LinkPostURL is right for Jekyll 4, and for Jekyll 3 without a baseurl; with one, Jekyll 3 (and so the classic
// build of GitHub Pages) needs LinkBaseURL, which on Jekyll 4 would give the baseurl twice.
const (
	LinkPostURL LinkStyle = iota
	LinkBaseURL
	LinkRelative // the file itself, for what turns such links into those of pages
	LinkNone     // the title alone
)

// linkStyles are what link_style may say.
var linkStyles = map[string]LinkStyle{"": LinkPostURL, "post_url": LinkPostURL, "baseurl_post_url": LinkBaseURL, "relative": LinkRelative, "none": LinkNone}

// PostRef names an existing post as Jekyll's post_url wants it: the date and the slug of its file.
type PostRef struct {
	name     string
	markdown bool // the file ends in .markdown, not in .md
}

var postForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}-[a-z0-9]+(?:-[a-z0-9]+)*$`)

// parsePostRef takes a file's name.
func parsePostRef(file string) (PostRef, bool) {
	name, markdown := strings.CutSuffix(file, ".markdown")
	if !markdown {
		var ok bool
		if name, ok = strings.CutSuffix(file, ".md"); !ok {
			return PostRef{}, false
		}
	}
	return PostRef{name, markdown}, postForm.MatchString(name)
}

func (p PostRef) String() string { return p.name }

// Link wraps a text, which must be harmless already, in a link to the post.
func (p Post) Link(style LinkStyle) string {
	text := p.Title.String()
	if p.Ref.name == "" {
		return text
	}
	switch style {
	case LinkBaseURL:
		return "[" + text + "]({{ site.baseurl }}{% post_url " + p.Ref.name + " %})"
	case LinkRelative:
		end := ".md"
		if p.Ref.markdown {
			end = ".markdown"
		}
		return "[" + text + "](" + p.Ref.name + end + ")"
	case LinkNone:
		return text
	}
	return "[" + text + "]({% post_url " + p.Ref.name + " %})"
}
