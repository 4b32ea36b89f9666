package blogsink

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var placeholderText = regexp.MustCompile(`\b(TODO|TBD|FIXME|XXX+|WIP)\b|(?i)\blorem ipsum\b|\?\?\?+|<(?i:your|insert|name of|fill)[^>]*>|\[(?i:placeholder|insert|your|todo)[^\]]*\]|(?i)\bcoming soon\b\s*$|(?i:^\s*(?:[-*]\s+)?(?:n/a|none yet|to be (?:written|done|added))\.?\s*$)`)

func (l *linter) placeholders() {
	for i, x := range l.lines {
		text := x.prose
		if x.kind == lineFront {
			text = x.text
		}
		if x.kind != lineHTML && placeholderText.MatchString(text) || x.kind == lineHTML && placeholderText.MatchString(text) && !strings.HasPrefix(strings.TrimSpace(text), "<!--") {
			l.fail("placeholder", i, "a placeholder is left: write what belongs here, or take it out")
		}
	}
}

var (
	lintLiquid   = regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}|\{\{|\{%`)
	knownLiquid  = regexp.MustCompile(`^(?:\{% (?:post_url [^ ]+|raw|endraw) %\}|\{\{ (?:'/[^']*' \| relative_url|site\.baseurl) \}\})$`)
	quorateLine  = regexp.MustCompile(`<!--\s*quorate:`)
	lintPost     = regexp.MustCompile(`\{%\s*post_url\s+([^ %]+)\s*%\}`)
	markdownLink = regexp.MustCompile(`(!?)\[([^\]]*)\]\(([^)\s]*)[^)]*\)`)
	imageTag     = regexp.MustCompile(`(?i)<img\b[^>]*>`)
	altText      = regexp.MustCompile(`(?i)\balt\s*=\s*("[^"]+"|'[^']+')`)
	noSlug       = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// liquid looks for commands of the site builder that nobody meant, and for markers that the public would see.
func (l *linter) liquid() {
	raw := false
	for i, x := range l.lines {
		if !l.o.Draft && quorateLine.MatchString(x.text) {
			l.fail("marker", i, "a marker of the draft is left: it is public as a comment")
		}
		if x.kind == lineFront {
			continue
		}
		for _, tag := range lintLiquid.FindAllString(x.text, -1) {
			if raw && tag != "{% endraw %}" {
				continue
			}
			raw = tag == "{% raw %}"
			if !knownLiquid.MatchString(tag) {
				l.fail("liquid", i, "a site builder runs what stands between {{ }} or {% %}: write &#123; for the first brace, or take it out")
				break
			}
		}
	}
	if raw {
		l.fail("liquid", len(l.lines)-1, "a {% raw %} is never closed: the build fails")
	}
}

// links looks for those that lead nowhere.
func (l *linter) links() {
	anchors := map[string]bool{}
	for _, x := range l.lines {
		if x.kind == lineHeading {
			title := strings.ToLower(strings.TrimSpace(strings.TrimLeft(x.text, "# ")))
			anchors[strings.ReplaceAll(noSlug.ReplaceAllString(title, ""), " ", "-")] = true
		}
	}
	for i, x := range l.lines {
		for _, m := range lintPost.FindAllStringSubmatch(x.text, -1) {
			if l.o.Posts != nil && x.prose != "" && !slices.Contains(l.o.Posts, m[1]) {
				l.fail("link", i, "post_url names no post that exists, and the whole site fails: name one in _posts, or take the link out")
			}
		}
		for _, m := range markdownLink.FindAllStringSubmatch(x.prose, -1) {
			if m[1] == "!" && strings.TrimSpace(m[2]) == "" {
				l.fail("image-alt", i, "a picture has no text for those who cannot see it: ![what it shows](...)")
			}
			if why := l.deadLink(m[3], anchors); why != "" {
				l.fail("link", i, why)
			}
		}
		for _, tag := range imageTag.FindAllString(x.prose, -1) {
			if !altText.MatchString(tag) {
				l.fail("image-alt", i, `a picture has no text for those who cannot see it: alt="what it shows"`)
			}
		}
	}
}

// deadLink says why a link leads nowhere, "" where it does not.
func (l *linter) deadLink(target string, anchors map[string]bool) string {
	target = strings.Trim(target, "<>")
	switch {
	case target == "" || target == "#":
		return "a link leads nowhere: give it a target, or take it out"
	case strings.HasPrefix(target, "#"):
		if !anchors[target[1:]] {
			return "a link names a heading that the post does not have"
		}
	case strings.Contains(target, "{"), strings.HasPrefix(target, "https://"), strings.HasPrefix(target, "http://"), strings.HasPrefix(target, "mailto:"):
	case strings.Contains(target, ":"):
		return "a link is none of https, http or mailto"
	default:
		path, _, _ := strings.Cut(strings.TrimPrefix(target, "/"), "#")
		switch {
		case strings.HasPrefix(path, "assets/") && l.o.Draft:
			// It is put there when the post is published.
		case l.o.Exists != nil && l.o.Exists(path):
		case !strings.Contains(path, ".") && !strings.HasPrefix(target, "/"):
			return "a link names no page: write the whole address, or {% post_url ... %} for a post"
		case l.o.Exists != nil && strings.Contains(path, "."):
			return "a link names a file that the blog does not have"
		}
	}
	return ""
}

// headings looks for sections without a word, and for a second title.
func (l *linter) headings() {
	last, titles := -1, 0
	for i, x := range l.lines {
		switch {
		case x.kind == lineHeading:
			if last >= 0 && x.depth <= l.lines[last].depth {
				l.fail("empty-section", last, "the section is empty: write it, or take its heading out")
			}
			last = i
			if x.depth == 1 {
				if titles++; titles == 2 {
					l.fail("second-title", i, "a page has one heading of the first rank: begin this one with ##")
				}
			}
			if label, rest, ok := strings.Cut(strings.TrimSpace(strings.TrimLeft(x.text, "# ")), ":"); ok && len(label) > 2 &&
				strings.HasPrefix(strings.ToLower(strings.TrimSpace(rest)), strings.ToLower(label)) {
				l.warn("repeated", i, "the heading says its label twice")
			}
		case x.kind != lineBlank && x.kind != lineFront && (x.kind != lineHTML || !strings.HasPrefix(strings.TrimSpace(x.text), "<!--")) && strings.TrimSpace(x.text) != "---":
			last = -1
		}
	}
	if last >= 0 {
		l.fail("empty-section", last, "the section is empty: write it, or take its heading out")
	}
}

// The longest paragraph that reads well, in words, and the most commas of one sentence in it.
const longestParagraph, mostCommas = 60, 4

// paragraphs looks for those that nobody reads to the end.
func (l *linter) paragraphs() {
	for i := 0; i < len(l.lines); i++ {
		if l.lines[i].kind != linePara {
			continue
		}
		at, text := i, ""
		for ; i < len(l.lines) && l.lines[i].kind == linePara; i++ {
			text += " " + l.lines[i].prose
		}
		if strings.HasPrefix(strings.TrimSpace(text), "![") {
			continue
		}
		words := len(strings.Fields(text))
		for _, s := range cutSentences(strings.ReplaceAll(text, ": ", ". ")) { // what is counted up behind a colon reads well
			if n := strings.Count(s, ","); n > mostCommas {
				l.warn("blob", at, fmt.Sprintf("a sentence has %d commas: make it a list, or several sentences", n))
				break
			}
		}
		if words > longestParagraph {
			l.warn("blob", at, fmt.Sprintf("the paragraph has %d words: cut it at %d, or make it a list", words, longestParagraph))
		}
	}
}

// cutSentences cuts a text behind its full stops.
func cutSentences(text string) []string {
	var all []string
	for _, s := range sentenceEnd.Split(text, -1) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

var sentenceEnd = regexp.MustCompile(`[.!?]["')*]*\s+`)

// blankLines looks for blocks that a site builder takes for a part of the line before or behind.
func (l *linter) blankLines() {
	for i := 1; i < len(l.lines); i++ {
		before, x := l.lines[i-1].kind, l.lines[i].kind
		name := map[lineKind]string{lineTable: "table", lineList: "list", lineFence: "block of code", lineHeading: "heading", lineQuote: "quotation"}
		closes := x == lineFence && before == lineCode || x == lineFence && before == lineFence && l.closing(i)
		indented := strings.HasPrefix(l.lines[i].text, " ") || before == lineFence && l.indentedFence(i-1)
		switch {
		case before == lineBlank || x == lineBlank || before == lineFront || before == x && x != lineFence || closes || x == lineCode || before == lineCode || before == lineHTML || x == lineHTML || before == lineLiquid || x == lineLiquid:
		case before == lineFence && !l.closing(i-1):
		case before == lineQuote && x == linePara, indented && (before == lineList || x == lineList):
		case name[x] != "":
			l.fail("blank-line", i, "an empty line is missing before this "+name[x]+": it becomes a part of what is above")
		case name[before] != "" && before != lineHeading && x == linePara && before != lineList:
			l.fail("blank-line", i, "an empty line is missing behind the "+name[before]+" above")
		}
	}
}

// closing reports whether a fence ends a block: it is the second, fourth and so on.
func (l *linter) closing(i int) bool {
	n := 0
	for j := 0; j <= i; j++ {
		if l.lines[j].kind == lineFence {
			n++
		}
	}
	return n%2 == 0
}

func (l *linter) indentedFence(i int) bool { return strings.HasPrefix(l.lines[i].text, " ") }

// repeats looks for sentences that stand twice.
func (l *linter) repeats() {
	first := map[string]int{}
	for i, x := range l.lines {
		if x.kind != linePara && x.kind != lineList && x.kind != lineQuote {
			continue
		}
		for _, s := range cutSentences(x.prose) {
			words := strings.Fields(strings.ToLower(s))
			if len(words) < 6 {
				continue
			}
			key := strings.Trim(strings.Join(words, " "), " .!?*->")
			if j, ok := first[key]; ok {
				l.warn("repeated", i, fmt.Sprintf("the sentence stands in line %d already", j+1))
				continue
			}
			first[key] = i
		}
	}
}

// statuses looks for marks that a reader must guess, and that break where the page is read in another code.
func (l *linter) statuses() {
	for i, x := range l.lines {
		cells := []string{}
		switch x.kind {
		case lineTable:
			cells = strings.Split(strings.Trim(x.prose, "| "), "|")
		case lineList:
			cells = append(cells, listLine.ReplaceAllString(x.prose, ""))
		case linePara:
			if _, rest, ok := strings.Cut(x.prose, ":"); ok {
				cells = append(cells, rest)
			}
		}
		if slices.ContainsFunc(cells, onlySigns) {
			l.warn("emoji-status", i, "a sign alone says how it is: write the word")
		}
	}
}

// onlySigns reports a text of pictures alone.
func onlySigns(s string) bool {
	some := false
	for _, r := range strings.TrimSpace(s) {
		switch {
		case unicode.Is(unicode.So, r), r == 0xfe0f, r == 0x200d, unicode.Is(unicode.Sk, r) && r > 0xffff:
			some = true
		case !unicode.IsSpace(r):
			return false
		}
	}
	return some
}

var (
	challengeTitle = regexp.MustCompile(`^(?:### |\*\*)(\d+)\. `)
	solutionTitle  = regexp.MustCompile(`^(\d+)\. \*\*`)
	stillOpenText  = regexp.MustCompile(`:\*\* still open\.$`)
)

// challenges looks for those that nothing solves.
func (l *linter) challenges() {
	section, asked, solved := "", map[string]int{}, map[string]bool{}
	for i, x := range l.lines {
		if x.kind == lineHeading && x.depth == 2 {
			section = strings.ToLower(x.text)
		}
		switch {
		case strings.Contains(section, "challenges"):
			if m := challengeTitle.FindStringSubmatch(x.text); m != nil {
				asked[m[1]] = i
			}
		case strings.Contains(section, "solutions"):
			if m := solutionTitle.FindStringSubmatch(x.text); m != nil && !stillOpenText.MatchString(x.text) {
				solved[m[1]] = true
			}
		}
	}
	for n, i := range asked {
		if !solved[n] {
			l.warn("unsolved", i, "the challenge has no solution: note one with quorate note solution, or say that it is open")
		}
	}
}
