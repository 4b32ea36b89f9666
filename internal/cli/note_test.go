package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where nothing can be noted, the command says what to do.
func TestNoteSaysWhatToDo(t *testing.T) {
	home(t, map[string]string{"quorate.hcl": good})
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		errOut string
	}{
		{"no agent", []string{"note", "lesson", "label", "the", "cables"}, exitFailed, "nothing was noted: the agent does not run"},
		{"no agent to list", []string{"note", "list"}, exitFailed, "quorate agent"},
		{"no agent to open", []string{"post", "open", "3", "--title", "Cables"}, exitFailed, "quorate agent"},
		{"no agent to list milestones", []string{"post", "list"}, exitFailed, "quorate agent"},
		{"no title", []string{"post", "open", "3"}, exitUsage, "--title"},
		{"no kind", []string{"note", "poem", "x"}, exitUsage, "poem"},
		{"text twice", []string{"note", "lesson", "x", "--file", "quorate.hcl"}, exitUsage, "given twice"},
		{"no file", []string{"note", "lesson", "--file", "nowhere"}, exitFailed, "nowhere"},
	} {
		t.Run(c.name, func(t *testing.T) { run(t, "", c.args...).want(t, c.code, "", c.errOut) })
	}
}

func TestNoteText(t *testing.T) {
	home(t, map[string]string{"quorate.hcl": good, "text.md": "from a file\n", "editor.sh": "#!/bin/sh\necho \"$(cat \"$1\") and more\" > \"$1\"\n", "fails.sh": "#!/bin/sh\nexit 3\n"})
	in, err := os.Open("text.md")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	for _, name := range []string{"editor.sh", "fails.sh"} {
		if err := os.Chmod(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name         string
		cmd          noteAddCmd
		editor       string
		want, failed string
	}{
		{"words", noteAddCmd{Text: []string{"label", "the cables"}}, "", "label the cables", ""},
		{"a file", noteAddCmd{File: "text.md"}, "", "from a file\n", ""},
		{"standard input", noteAddCmd{File: "-"}, "", "from a file\n", ""},
		{"the editor", noteAddCmd{Text: []string{"words"}, Edit: true}, "editor.sh", "words and more\n", ""},
		{"an editor that fails", noteAddCmd{Edit: true}, "fails.sh", "", "nothing was noted"},
		{"no editor", noteAddCmd{Edit: true}, "", "", "set EDITOR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			editor := c.editor
			if editor != "" {
				wd, err := os.Getwd()
				if err != nil {
					t.Fatal(err)
				}
				editor = filepath.Join(wd, editor)
			}
			t.Setenv("VISUAL", "")
			t.Setenv("EDITOR", editor)
			got, err := c.cmd.text(t.Context(), &Program{Stdin: in})
			if got != c.want || (err == nil) != (c.failed == "") || err != nil && !strings.Contains(err.Error(), c.failed) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestPostLint(t *testing.T) {
	head := "---\nlayout: post\ntitle: \"One\"\ndate: 2026-01-02 11:00:00 +0000\ndescription: \"d\"\n---\n\n"
	home(t, map[string]string{
		"blog/_posts/2026-01-01-zero.md": head + "Text.\n", "blog/_posts/2026-01-02-good.md": head + "See [it]({% post_url 2026-01-01-zero %}).\n",
		"blog/_posts/2026-01-03-bad.md": head + "See [it]({% post_url 2026-01-01-one %}).\n\nTODO\n", "blog/_drafts/warned.md": head + "One, two, three, four, five, six.\n",
	})
	for _, c := range []struct {
		name, file, out string
		code            int
	}{
		{"good", "blog/_posts/2026-01-02-good.md", "reads well", exitOK},
		{"bad", "blog/_posts/2026-01-03-bad.md", "2026-01-03-bad.md:8: error: post_url names no post", exitFailed},
		{"warned", "blog/_drafts/warned.md", "warned.md:8: warning: a sentence has 5 commas", exitOK},
	} {
		t.Run(c.name, func(t *testing.T) { run(t, "", "post", "lint", c.file).want(t, c.code, c.out, "") })
	}
	run(t, "", "post", "lint", "--json", "blog/_posts/2026-01-03-bad.md").want(t, exitFailed, `"rule": "placeholder"`, "")
	run(t, "", "post", "lint", "nowhere.md").want(t, exitFailed, "", "nowhere.md")
}
