package blogsink

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// postLink begins the address that stands for another post of the site in a preview.
const postLink = "quorate-post:"

var (
	rawBlock    = regexp.MustCompile(`(?s)\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}`)
	postURL     = regexp.MustCompile(`(?:\{\{\s*site\.baseurl\s*\}\})?\{%-?\s*(?:post_url|link)\s+(\S+?)\s*-?%\}`)
	relativeURL = regexp.MustCompile(`\{\{-?\s*["']([^"'{}]*)["']\s*\|\s*(?:relative_url|absolute_url)\s*-?\}\}`)
	baseURL     = regexp.MustCompile(`\{\{-?\s*site\.baseurl\s*-?\}\}`)
	anyLiquid   = regexp.MustCompile(`\{[{%][^\n]{0,60}`)
)

// resolveLiquid does what a site builder does before it reads Markdown, for the few tags that a post holds. It returns
// what is left of Liquid: a site builder would run it.
func resolveLiquid(text string) (out string, left []string) {
	var b strings.Builder
	at := 0
	plain := func(s string) {
		s = postURL.ReplaceAllString(s, postLink+"$1")
		s = relativeURL.ReplaceAllString(s, "$1")
		s = baseURL.ReplaceAllString(s, "")
		for _, x := range anyLiquid.FindAllString(s, -1) {
			if !slices.Contains(left, x) {
				left = append(left, x)
			}
		}
		b.WriteString(s)
	}
	for _, m := range rawBlock.FindAllStringSubmatchIndex(text, -1) {
		plain(text[at:m[0]])
		b.WriteString(text[m[2]:m[3]])
		at = m[1]
	}
	plain(text[at:])
	return b.String(), left
}

// renderMarkdown renders a post's text. HTML in it is left out, pictures are those given by their paths and no others, and
// links to other posts are shown and lead nowhere.
func renderMarkdown(text []byte, pictures map[string]string) ([]byte, error) {
	md := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Typographer),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(previewNodes{pictures}, 1))),
	)
	var b bytes.Buffer
	err := md.Convert(text, &b)
	return b.Bytes(), err
}

// previewNodes renders what a preview shows in another way than a site.
type previewNodes struct{ pictures map[string]string }

func (p previewNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, p.image)
	r.Register(ast.KindLink, p.link)
}

func (p previewNodes) image(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	alt := util.EscapeHTML(words(n, source))
	if data, ok := p.pictures[string(n.(*ast.Image).Destination)]; ok {
		fmt.Fprintf(w, `<img src="%s" alt="%s">`, data, alt)
	} else {
		fmt.Fprintf(w, `<span class="missing">[picture that is not part of the post: %s]</span>`, alt)
	}
	return ast.WalkSkipChildren, nil
}

func (p previewNodes) link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	to := string(n.(*ast.Link).Destination)
	u, err := url.Parse(to)
	post, isPost := strings.CutPrefix(to, postLink)
	safe := err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "mailto" || strings.HasPrefix(to, "#"))
	switch {
	case isPost && entering:
		fmt.Fprintf(w, `<span class="post" title="%s">`, util.EscapeHTML([]byte(post)))
	case safe && entering:
		fmt.Fprintf(w, `<a href="%s" rel="noreferrer">`, util.EscapeHTML(util.URLEscape([]byte(to), true)))
	case safe && !isPost:
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	case entering:
		fmt.Fprintf(w, `<span class="post" title="%s">`, util.EscapeHTML([]byte(to)))
	default:
		_, err := w.WriteString("</span>")
		return ast.WalkContinue, err
	}
	return ast.WalkContinue, nil
}

// words is the text of a node and of all in it.
func words(n ast.Node, source []byte) []byte {
	var b bytes.Buffer
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch t := c.(type) {
		case *ast.Text:
			b.Write(t.Segment.Value(source))
		case *ast.String:
			b.WriteString(html.UnescapeString(string(t.Value))) // quotes of the typographer are entities
		default:
			b.Write(words(c, source))
		}
	}
	return b.Bytes()
}
