package leakcheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leaktext"
)

func TestDetectorsFindEveryClass(t *testing.T) {
	c := New(nil)
	for _, tt := range leaktext.Secrets() {
		text, secret := tt.Text, tt.Secret
		t.Run(tt.Kind+" "+text, func(t *testing.T) {
			if !strings.Contains(text, secret) {
				t.Fatal("the case does not hold its secret")
			}
			found := c.Check("post.md", []byte(text))
			if !covered(labelled{Text: text, Secret: secrets{secret}}, found) {
				t.Errorf("found %v: the secret is not covered", found)
			}
			if len(found) > 0 && !slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == tt.Kind }) {
				t.Errorf("found %v, want a %s", found, tt.Kind)
			}
		})
	}
}

// TestWhereTheTextStands puts each case into the middle of a post, a table, a list, code and a comment.
func TestWhereTheTextStands(t *testing.T) {
	c := New(nil)
	for _, frame := range []string{"---\ntitle: \"%s\"\n---\n\ntext\n", "| a | %s | b |\n", "- %s\n- next\n", "```\n%s\n```\n", "<!-- %s -->\n", "<svg><title>%s</title></svg>", "![%s](x.svg)", "> **Note:** %s\n"} {
		for _, text := range []string{"ping {v4} failed", "nas.{dom} is down", "ARP {mac} seen", "mail a.weber@posteo.de now"} {
			full := fmt.Sprintf(frame, leaktext.Fill(text))
			if len(c.Check("post.md", []byte(full))) == 0 {
				t.Errorf("nothing found in %q", frame)
			}
		}
	}
}

func TestHarmlessTextsStay(t *testing.T) {
	c := New(nil)
	for _, text := range leaktext.Harmless() {
		if found := c.Check("post.md", []byte(text)); len(found) > 0 {
			t.Errorf("false alarm %v in %q", found, text)
		}
	}
}

func TestFileName(t *testing.T) {
	c := New(Registry{"hostnames": {"colibri"}})
	for name, want := range map[string]int{
		"_posts/2026-03-07-colibri-is-back.md": 1,
		"_posts/2026-03-07-nas-1-is-back.md":   0,
		"/srv/colibri/_posts/2026-03-07-x.md":  0, // only the last part is published
	} {
		found := c.Check(name, []byte("text"))
		if len(found) != want {
			t.Errorf("%s: found %v, want %d", name, found, want)
		}
		for _, f := range found {
			if f.Offset != -1 || f.Kind != "hostname" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}
