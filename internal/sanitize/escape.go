package sanitize

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// marked are the signs that mean something to Liquid, HTML or kramdown.
const marked = `&<>{}|"'\` + "`" + `*_[]$~#^:=-+.!()%`

// Line returns s as one line of text that shows as itself wherever it stands in a Markdown file: Liquid, HTML and
// kramdown see nothing but letters in it.
func Line(s string) string {
	var b strings.Builder
	for _, r := range visible(s) {
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r < utf8.RuneSelf && strings.ContainsRune(marked, r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// Readable is Line with a source that stays readable: it escapes only what would mean something at its place. It
// must not begin a line; the caller's text does.
func Readable(s string) string {
	var b strings.Builder
	last := rune(' ')
	for _, r := range visible(s) {
		if r == '\n' || r == '\t' {
			r = ' '
		}
		switch {
		case strings.ContainsRune("&<>{}|\"\\`*_[]$~^", r), (r == '-' || r == '.' || r == ':' || r == '/') && last == r, r == '#' && last == ' ', r == '\'' && last == '\'':
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return strings.TrimSpace(b.String())
}

// Quote returns s as a double-quoted YAML scalar for front matter, without the signs that a theme could take for HTML.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range visible(s) {
		switch r {
		case '\n', '\t':
			b.WriteByte(' ')
		case '<', '>':
		case '&':
			b.WriteString("and")
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// visible drops what a reader does not see: control characters but for newline and tab, marks that turn the writing
// direction, zero-width characters and soft hyphens, and bytes that are no UTF-8.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r >= ' ' && r < 0x7f:
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == 0x034f, r == 0x2028, r == 0x2029, r >= 0xfe00 && r <= 0xfe0f && r != 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

var (
	codeSpan = regexp.MustCompile("(`+)([^`]|[^`].*?[^`])(`+)")
	autoLink = regexp.MustCompile(`<(https?://[^\s<>{}|"'\x60]+|mailto:[^\s<>{}|"'\x60]+)>`)
	link     = regexp.MustCompile(`\]\(([^)]*)`)
	refLink  = regexp.MustCompile(`^\s{0,3}\[[^\]]+\]:`)
	ruler    = regexp.MustCompile(`^\s*(=+|-+)\s*$`)
	entity   = regexp.MustCompile(`&#38;(#\d{1,6}|#x[0-9A-Fa-f]{1,5}|[A-Za-z]{2,12}\d?);`)
	fence    = regexp.MustCompile("^\\s{0,3}(```+|~~~+)\\s*([A-Za-z0-9_+-]*)")
)

// Markdown makes a person's Markdown harmless: emphasis, lists, headings, code and links to the web stay, while
// Liquid, raw HTML, images, kramdown's attributes and other links show as they are written. Blocks get blank lines around
// them, without which kramdown does not see them.
func Markdown(s string) string {
	var blocks, text []string
	flush := func() {
		if t := strings.TrimSpace(strings.Join(spaced(text), "\n")); t != "" {
			blocks = append(blocks, t)
		}
		text = nil
	}
	lines := strings.Split(strings.TrimSpace(visible(s)), "\n")
	for i := 0; i < len(lines); i++ {
		m := fence.FindStringSubmatch(lines[i])
		if m == nil {
			text = append(text, prose(lines[i]))
			continue
		}
		flush()
		var body []string
		for i++; i < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[i]), m[1]); i++ {
			body = append(body, lines[i])
		}
		blocks = append(blocks, strings.Join(CodeBlock(m[2], strings.Join(body, "\n")), "\n"))
	}
	flush()
	return strings.Join(blocks, "\n\n")
}

// CodeBlock returns lines that show code as it is: inside raw marks against Liquid, with a fence longer than any in
// the code; code that could end the raw marks becomes HTML with entities.
func CodeBlock(language, code string) []string {
	code = strings.ReplaceAll(visible(code), "\t", "    ")
	if strings.Contains(code, "endraw") {
		return []string{"<pre><code>" + strings.ReplaceAll(htmlCode(code), "\n", "&#10;") + "</code></pre>"}
	}
	marks := "```"
	for strings.Contains(code, marks) {
		marks += "`"
	}
	lines := append([]string{marks + language}, strings.Split(code, "\n")...)
	lines = append(lines, marks)
	if strings.Contains(code, "{{") || strings.Contains(code, "{%") {
		lines = append(append([]string{"{% raw %}"}, lines...), "{% endraw %}")
	}
	return lines
}

// htmlCode escapes code for an HTML element, where Liquid and kramdown still look for their marks.
func htmlCode(code string) string {
	var b strings.Builder
	for _, r := range code {
		if r < utf8.RuneSelf && strings.ContainsRune(marked, r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// prose escapes one line outside of code.
func prose(line string) string {
	switch trimmed := strings.TrimSpace(line); {
	case refLink.MatchString(line): // a definition elsewhere would give a link a target that nobody checked
		line = strings.Replace(line, "[", "&#91;", 1)
	case ruler.MatchString(line), strings.HasPrefix(trimmed, "*["), strings.HasPrefix(trimmed, ":"), trimmed == "^":
		// An underline would make a heading, the others an abbreviation, a definition and an end of block.
		line = fmt.Sprintf("&#%d;%s", trimmed[0], trimmed[1:])
	}
	var b strings.Builder
	rest := line
	for rest != "" {
		m := codeSpan.FindStringSubmatchIndex(rest)
		if m == nil || m[3]-m[2] != m[7]-m[6] {
			break
		}
		b.WriteString(words(rest[:m[0]]))
		b.WriteString(inlineCode(rest[m[4]:m[5]], rest[m[0]:m[1]]))
		rest = rest[m[1]:]
	}
	b.WriteString(words(rest))
	return b.String()
}

// inlineCode keeps a code span, or writes it as HTML where Liquid or a table would look into it.
func inlineCode(code, span string) string {
	if strings.ContainsAny(code, "{}|") {
		return "<code>" + htmlCode(strings.TrimSpace(code)) + "</code>"
	}
	return span
}

func words(s string) string {
	var b strings.Builder
	for s != "" {
		m := autoLink.FindStringIndex(s)
		if m == nil {
			break
		}
		b.WriteString(plainWords(s[:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		s = s[m[1]:]
	}
	b.WriteString(plainWords(s))
	return b.String()
}

func plainWords(s string) string {
	quoted := strings.TrimLeft(s, " ")
	lead := s[:len(s)-len(quoted)]
	mark := ""
	if strings.HasPrefix(quoted, ">") {
		mark, quoted = ">", quoted[1:]
	}
	s = strings.NewReplacer("&", "&#38;", "<", "&#60;", ">", "&#62;", "{", "&#123;", "}", "&#125;", "|", "&#124;", "$$", "&#36;&#36;", "`", "&#96;").Replace(quoted)
	s = entity.ReplaceAllString(s, "&$1;") // entities that were written as such stay: they show a sign and do nothing
	s = strings.ReplaceAll(s, "![", "!&#91;")
	s = link.ReplaceAllStringFunc(s, func(m string) string {
		// A target is one word, and only a title in quotes may follow: a browser takes blanks out of "java script:".
		target := strings.Fields(m[2:])
		if len(target) > 0 && safeTarget(target[0]) && (len(target) == 1 || strings.ContainsAny(target[1][:1], `"'`)) {
			return m
		}
		return "&#93;" + m[1:]
	})
	return lead + mark + s
}

// safeTarget reports link targets that run nothing: the web, mail, and places within the site.
func safeTarget(target string) bool {
	low := strings.ToLower(target)
	for _, p := range []string{"https://", "http://", "mailto:", "/", "./", "../", "#"} {
		if strings.HasPrefix(low, p) {
			return !strings.ContainsAny(low, `{}<>"'\`)
		}
	}
	return !strings.ContainsAny(low, ":{}<>\"'\\&;") && low != ""
}

var (
	listItem = regexp.MustCompile(`^\s*(?:[-*+]|\d+[.)])\s`)
	heading  = regexp.MustCompile(`^#{1,6}\s`)
)

// spaced puts blank lines where one block meets another, and lowers headings under those of the post.
func spaced(lines []string) []string {
	var out []string
	in := "" // the block that the last line belongs to
	for _, line := range lines {
		kind := "text"
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "":
			kind = ""
		case heading.MatchString(line):
			kind, line = "heading", "####"+strings.TrimLeft(line, "#")
		case listItem.MatchString(line), in == "list" && strings.HasPrefix(line, "  "):
			kind = "list"
		case strings.HasPrefix(trimmed, ">"):
			kind = "quote"
		default:
			line = trimmed // four blanks would make it code, where entities show as they are
		}
		lazy := kind == "text" && in == "list" // goes on with the item
		if kind != "" && in != "" && (kind != in || kind == "heading") && !lazy {
			out = append(out, "")
		}
		if kind == "" && (in == "" || len(out) == 0) {
			continue
		}
		out = append(out, line)
		in = kind
	}
	return out
}
