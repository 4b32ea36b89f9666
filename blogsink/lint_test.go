package blogsink

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leakcheck"
)

// lintHead is a front matter that nothing is wrong with.
const lintHead = "---\nlayout: post\ntitle: \"One\"\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"All of it.\"\n---\n\n"

func lintOptions() LintOptions {
	return LintOptions{
		Name: "2026-03-07-one.md", Posts: []string{"2026-03-01-before"}, Now: noon, Exists: func(path string) bool { return path == "assets/quorate/one/timeline.svg" },
		Leaks: leakcheck.New(leakcheck.Registry{"hostnames": {"zorbelina"}}).Check,
	}
}

// Each rule finds what it is for, in its line, and finds nothing beside it.
func TestLintRules(t *testing.T) {
	words := strings.Repeat("word ", 61)
	for _, c := range []struct {
		name, rule string
		line       int // from the first behind the head
		text       string
	}{
		{"a mark of what is to be done", "placeholder", 3, "Fine.\n\nTODO: write this.\n"},
		{"nothing to say", "placeholder", 3, "Fine.\n\nN/A\n"},
		{"a form that was not filled in", "placeholder", 1, "We use <your router> here.\n"},
		{"filler", "placeholder", 1, "Lorem ipsum dolor.\n"},
		{"a long paragraph", "blob", 1, words + "\n"},
		{"a sentence that does not end", "blob", 3, "Fine.\n\nOne, two, three, four, five, six.\n"},
		{"a post that does not exist", "link", 1, "See [it]({% post_url 2026-03-02-gone %}).\n"},
		{"a page without an address", "link", 1, "See [Part 1](link-to-part-1).\n"},
		{"no target", "link", 1, "See [Part 1]().\n"},
		{"a heading that is not there", "link", 1, "See [below](#what-is-next).\n"},
		{"a file that is not there", "link", 1, "![A line](/assets/quorate/one/other.svg)\n"},
		{"a script as a link", "link", 1, "See [it](javascript:alert).\n"},
		{"a section without a word", "empty-section", 1, "## Time Invested\n\n## Next\n\nMore.\n"},
		{"a last section without a word", "empty-section", 3, "Text.\n\n## Code\n"},
		{"a label twice", "repeated", 1, "## Phase: Phase 4: Bridges\n\nText.\n"},
		{"a sentence twice", "repeated", 3, "The switch went down at noon today.\n\nWell. The switch went down at noon today.\n"},
		{"a variable of the site", "liquid", 1, "It is {{ site.title }}.\n"},
		{"a command of the site", "liquid", 1, "It is {% include x %}.\n"},
		{"braces that stay open", "liquid", 4, "Text.\n\n```\n{{ x\n```\n"},
		{"raw without an end", "liquid", 3, "{% raw %}\n\nText.\n"},
		{"a marker", "marker", 3, "Text.\n\n<!-- quorate:end -->\n"},
		{"a table under a paragraph", "blank-line", 2, "Text:\n| a | b |\n|---|---|\n| 1 | 2 |\n"},
		{"a list under a paragraph", "blank-line", 2, "Text:\n- one\n- two\n"},
		{"code under a paragraph", "blank-line", 2, "Text:\n```\ncode\n```\n"},
		{"a heading under a list", "blank-line", 2, "- one\n## Two\n\nText.\n"},
		{"text under code", "blank-line", 4, "```\ncode\n```\nText.\n"},
		{"text under a table", "blank-line", 4, "| a | b |\n|---|---|\n| 1 | 2 |\nText.\n"},
		{"two titles", "second-title", 5, "# One\n\nText.\n\n# Two\n\nMore.\n"},
		{"a sign for a status in a table", "emoji-status", 3, "| a | b |\n|---|---|\n| 1 | \u2705 |\n"},
		{"a sign for a status in a line", "emoji-status", 1, "Status: \u2705\n"},
		{"a sign for a status in a list", "emoji-status", 1, "- \U0001f534\n"},
		{"another code", "mojibake", 1, "All is well \u201a\u00fa\u00d6 here.\n"},
		{"still another code", "mojibake", 1, "The k\u00c3\u00bcche.\n"},
		{"a picture for nobody", "image-alt", 1, "![](/assets/quorate/one/timeline.svg)\n"},
		{"a picture in HTML for nobody", "image-alt", 1, "<img src=\"/assets/quorate/one/timeline.svg\">\n"},
		{"a challenge that nothing solves", "unsolved", 3, "## Challenges Encountered\n\n**1. A loop**\n\n**2. Dust**\n\n## Solutions\n\n2. **Dust:** a new fan.\n"},
		{"a challenge that is open", "unsolved", 3, "## Challenges Encountered\n\n### 1. A loop\n\nIt blinks.\n\n## Solutions\n\n1. **A loop:** still open.\n"},
		{"something private", "leak", 3, "Fine.\n\nAsk zorbelina.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := Lint([]byte(lintHead+c.text), lintOptions())
			want := c.line + strings.Count(lintHead, "\n")
			if len(found) != 1 || found[0].Rule != c.rule || found[0].Line != want || found[0].Text == "" || strings.Contains(fmt.Sprint(found), "zorbelina") {
				t.Errorf("want %s in line %d, got %+v", c.rule, want, found)
			}
		})
	}
	for _, c := range []struct {
		name, rule string
		line       int
		front      string
	}{
		{"a colon", "front-matter", 3, "layout: post\ntitle: One: two\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"d\"\n"},
		{"no title", "front-matter", 1, "layout: post\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"d\"\n"},
		{"no date", "front-matter", 1, "layout: post\ntitle: \"One\"\ndescription: \"d\"\n"},
		{"no layout", "front-matter", 1, "title: \"One\"\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"d\"\n"},
		{"no such date", "front-matter", 4, "layout: post\ntitle: \"One\"\ndate: tomorrow\ndescription: \"d\"\n"},
		{"HTML", "front-matter", 3, "layout: post\ntitle: \"One <b>two</b>\"\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"d\"\n"},
		{"the future", "future-date", 4, "layout: post\ntitle: \"One\"\ndate: 2026-03-07 13:00:00 +0000\ndescription: \"d\"\n"},
		{"no description", "description", 1, "layout: post\ntitle: \"One\"\ndate: 2026-03-07 11:00:00 +0000\n"},
		{"a long description", "description", 5, "layout: post\ntitle: \"One\"\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"" + strings.Repeat("d", 201) + "\"\n"},
		{"a placeholder", "placeholder", 3, "layout: post\ntitle: \"TODO\"\ndate: 2026-03-07 11:00:00 +0000\ndescription: \"d\"\n"},
	} {
		t.Run("front matter: "+c.name, func(t *testing.T) {
			found := Lint([]byte("---\n"+c.front+"---\n\nText.\n"), lintOptions())
			if len(found) != 1 || found[0].Rule != c.rule || found[0].Line != c.line {
				t.Errorf("want %s in line %d, got %+v", c.rule, c.line, found)
			}
		})
	}
	for name, text := range map[string]string{"none": "Text.\n", "no end": "---\ntitle: x\n\nText.\n", "nothing": ""} {
		if found := Lint([]byte(text), lintOptions()); len(found) == 0 || found[0].Rule != "front-matter" || found[0].Weight != WeightError {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if found := Lint([]byte(lintHead+"\xff\n"), LintOptions{}); !slices.ContainsFunc(found, func(f LintFinding) bool { return f.Rule == "mojibake" }) {
		t.Errorf("no UTF-8: %+v", found)
	}
}

// What is written well is left alone.
func TestLintLeavesAlone(t *testing.T) {
	text := `# One

Text with ` + "`{x}`" + ` and a <https://docs.librenms.org> link, see [before]({% post_url 2026-03-01-before %}) and [what is next](#whats-next).

![A line for each monitor.]({{ '/assets/quorate/one/timeline.svg' | relative_url }})

![The same.](/assets/quorate/one/timeline.svg)

{% raw %}

` + "```hcl\n# TODO in code is code, {{ too }}\n- no list\n| no table |\n```" + `

{% endraw %}

- One, two, three, four, five, six: a list may.
- [x] Done ` + "\u2705" + ` and said.
  It goes on here.

  ` + "```\n  code in a list\n  ```" + `

## Challenges Encountered

### 1. A loop

It blinks.

## Solutions

1. **A loop:** spanning tree.

   And a label.

## What's Next?

> Quoted.

| What | Figure |
|---|---|
| Up | 3 |

---

*Written by Quorate.*
`
	if found := Lint([]byte(lintHead+text), lintOptions()); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	draft := lintOptions()
	draft.Draft = true
	marked := "<!-- quorate:begin id=summary sha=0123456789ab -->\n\nText.\n\n![A line.](assets/quorate/one/later.svg)\n\n<!-- quorate:end -->\n"
	if found := Lint([]byte(lintHead+marked), draft); len(found) > 0 {
		t.Errorf("a draft: %+v", found)
	}
}

// What the sink writes has nothing that the lint finds, and neither have the example posts.
func TestGeneratedPostsLintClean(t *testing.T) {
	files := []string{"testdata/bare.golden.md", "testdata/notes.golden.md"}
	examples, err := filepath.Glob("../docs/examples/blog/_posts/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, examples...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Lint(b, LintOptions{Name: filepath.Base(file)}) {
			t.Errorf("%s:%d: %s: %s", file, f.Line, f.Rule, f.Text)
		}
	}
}
