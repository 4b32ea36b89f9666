package e2e

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	quorateagent "github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

// block is a fenced block of a page.
type block struct {
	page string // below the project's root
	line int    // of its first line of content
	lang string
	text string
	// shown means that a comment before it says "shown, not run".
	shown bool
}

// pages are the documents for people, below the project's root.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if !slices.Contains(all, filepath.Join("..", "README.md")) {
		t.Fatalf("no README.md among %q", all)
	}
	return all
}

func blocks(t *testing.T, lang string) []block {
	t.Helper()
	var all []block
	for _, page := range pages(t) {
		var open *block
		shown := false
		for i, line := range strings.Split(read(t, page), "\n") {
			fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
			switch {
			case isFence && open == nil:
				open = &block{page: strings.TrimPrefix(page, "../"), line: i + 2, lang: fence, shown: shown}
			case isFence:
				if open.lang == lang {
					all = append(all, *open)
				}
				open, shown = nil, false
			case open != nil:
				open.text += line + "\n"
			case strings.HasPrefix(line, "<!--"):
				shown = strings.Contains(line, "shown, not run")
			case strings.TrimSpace(line) != "":
				shown = false
			}
		}
		if open != nil {
			t.Errorf("%s: the block of line %d has no end", page, open.line)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no page has a block of %s", lang)
	}
	return all
}

var (
	envCall  = regexp.MustCompile(`\benv\("([^"]+)"\)`)
	fileCall = regexp.MustCompile(`\bfile\("([^"]+)"\)`)
)

// TestDocsConfigurations: what a page shows as a configuration is one. Built-in sources are checked against their
// plugin's schema as well.
func TestDocsConfigurations(t *testing.T) {
	t.Parallel()
	for _, b := range blocks(t, "hcl") {
		if b.shown {
			continue
		}
		dir := t.TempDir()
		config := write(t, filepath.Join(dir, "quorate.hcl"), b.text)
		var env []string
		for _, m := range envCall.FindAllStringSubmatch(b.text, -1) {
			env = append(env, m[1]+"="+secretOfTheTest(m[1]))
		}
		for _, m := range fileCall.FindAllStringSubmatch(b.text, -1) {
			if filepath.IsAbs(m[1]) {
				t.Errorf("%s:%d: file(%q) is no path that a reader can try", b.page, b.line, m[1])
				continue
			}
			write(t, filepath.Join(dir, m[1]), secretOfTheTest(m[1])+"\n")
		}
		lookup := func(name string) (string, bool) {
			return secretOfTheTest(name), slices.Contains(env, name+"="+secretOfTheTest(name))
		}
		if _, err := quorateagent.Load([]string{config}, quorateagent.LoadOptions{Lookup: lookup}); err != nil {
			t.Errorf("%s:%d: %v", b.page, b.line, err)
			continue
		}
		if r := (command{dir: dir, env: env}).run(t, "validate", config); r.code != 0 {
			t.Errorf("%s:%d: %s", b.page, b.line, r.stderr)
		}
	}
}

// secretOfTheTest is the secret of that name: no two are the same, and each can stand in an address.
func secretOfTheTest(name string) string {
	if name == "NTFY_URL" || name == "MAIL_URL" {
		return "ntfy://192.0.2.1/" + strings.ToLower(name)
	}
	return "secret-of-the-test-" + strings.ReplaceAll(name, "/", "-")
}

// TestDocsCommands runs what the pages tell people to type, beside a running agent.
func TestDocsCommands(t *testing.T) {
	t.Parallel()
	s := newSite(t, patient(t))
	a := s.agent(t)
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
	// The commands are typed in the project's folder, where this agent's configuration lies as well.
	for _, folder := range []string{"examples", "e2e"} {
		target, err := filepath.Abs(filepath.Join("..", folder))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(s.dir, folder)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.dir, "new.hcl"), read(t, s.config)) // the copy that a reader makes and changes
	targets := read(t, "../Makefile")
	ran := 0
	for _, b := range blocks(t, "console") {
		if b.shown {
			continue
		}
		for line := range strings.Lines(b.text) {
			typed, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			if !ok {
				continue // what the command prints
			}
			typed, _, _ = strings.Cut(typed, "  #")
			words := strings.Fields(typed)
			switch words[0] {
			case "make":
				for _, target := range words[1:] {
					if !strings.Contains(targets, "\n"+target+":") {
						t.Errorf("%s:%d: there is no target %q: %s", b.page, b.line, target, typed)
					}
				}
			case "quorate", "./quorate":
				runTyped(t, s, b, words[1:])
			case "git", "cd", "go", "sudo", "ssh", "sha256sum", "export":
			default:
				t.Errorf("%s:%d: nobody tries %q", b.page, b.line, typed)
			}
			ran++
		}
	}
	if ran < 10 {
		t.Errorf("%d commands found in all pages", ran)
	}
	a.stop(t, 0)
}

// runTyped runs one command of quorate as a reader would.
func runTyped(t *testing.T, s *site, b block, args []string) {
	t.Helper()
	switch {
	case args[0] == "init":
		// Without a terminal it takes its answers from flags.
		r := command{dir: t.TempDir()}.run(t, append(args, s.flags("librenms", "prtg", "snmp")...)...)
		if r.code != 0 {
			t.Errorf("%s:%d: quorate %s: exit %d\n%s", b.page, b.line, strings.Join(args, " "), r.code, r.stderr)
		}
	case args[0] == "demo", args[0] == "agent" && !slices.Contains(args, "--check"):
		// These run until they are stopped, beside a lab of their own.
		other := newSite(t, "")
		p := start(t, append(other.env, "QUORATE_CONFIG="+other.config), other.dir, args...)
		p.waitFor("http://")
		p.stop(t, 0)
	case len(args) > 1 && args[0] == "lab" && !slices.Contains(args, "help"):
		p := start(t, s.env, s.dir, args...)
		p.waitFor("Ctrl-C ends it.")
		p.stop(t, 0)
	case slices.Equal(args, []string{"post", "approve"}):
		// Nobody can be asked: it shows what there is, and the sum is the answer. The lab lives: what has changed since is
		// shown again.
		var r result
		for range 5 {
			shown := s.command().run(t, "post", "approve", "--json")
			var post struct {
				SHA256 string `json:"sha256"`
			}
			if err := json.Unmarshal([]byte(shown.stdout), &post); err != nil || shown.code != 0 {
				t.Errorf("%s:%d: quorate post approve --json: exit %d, %v\n%s%s", b.page, b.line, shown.code, err, shown.stdout, shown.stderr)
				return
			}
			if r = s.command().run(t, "post", "approve", "--sha256", post.SHA256[:8]); r.code != 5 {
				break
			}
		}
		if r.code != 0 {
			t.Errorf("%s:%d: quorate post approve --sha256: exit %d\n%s%s", b.page, b.line, r.code, r.stdout, r.stderr)
		}
	default:
		if r := s.command().run(t, args...); r.code != 0 {
			t.Errorf("%s:%d: quorate %s: exit %d\n%s%s", b.page, b.line, strings.Join(args, " "), r.code, r.stdout, r.stderr)
		}
	}
}

var (
	mdLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// fenced is a block of code, in which brackets mean something else.
	fenced = regexp.MustCompile("(?ms)^```.*?^```")
)

// TestDocsLinks: a link within the project leads to something that is there.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, m := range mdLink.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, page), ""), -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if u.Scheme != "" || u.Path == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), u.Path)); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			}
		}
	}
}
