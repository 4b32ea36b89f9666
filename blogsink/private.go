package blogsink

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/sanitize"
)

var securityNote = regexp.MustCompile(`(?m)^> \*\*Security note:\*\* .*$`)

// privateOriginal is the post with the real names in it, for its owner's eyes: what stands for a device, a name or an
// address is turned back, and a table at the end is the key. Credentials do not come back.
func privateOriginal(post []byte, swaps []sanitize.Swap) []byte {
	back := map[string]string{}
	var fictions []string
	for _, s := range swaps {
		if strings.HasPrefix(s.Fiction, "[") || s.Kind == sanitize.KindSecret || back[s.Fiction] != "" {
			continue
		}
		back[s.Fiction] = sanitize.Readable(s.Real)
		fictions = append(fictions, regexp.QuoteMeta(s.Fiction))
	}
	post = securityNote.ReplaceAll(post, []byte("> **Private original:** the real names stand in this file. Not for publication."))
	var b bytes.Buffer
	b.WriteString("<!-- PRIVATE ORIGINAL: real names inside. Not for publication. -->\n\n")
	if len(fictions) == 0 {
		b.Write(post)
	} else {
		// The longest first: nas-10 is not nas-1 with a nought behind.
		slices.SortFunc(fictions, func(a, b string) int { return len(b) - len(a) })
		re := regexp.MustCompile(`(^|[^A-Za-z0-9.-])(` + strings.Join(fictions, "|") + `)($|[^A-Za-z0-9-])`)
		head, body, _ := bytes.Cut(post, []byte("\n---\n")) // the front matter's end
		b.Write(head)
		b.WriteString("\n---\n")
		text := string(body)
		for range 2 { // neighbours share the sign between them
			text = re.ReplaceAllStringFunc(text, func(m string) string {
				g := re.FindStringSubmatch(m)
				return g[1] + back[g[2]] + g[3]
			})
		}
		b.WriteString(text)
	}
	b.WriteString("\n## What stands for what\n\n| In the post | In the home | Kind |\n|---|---|---|\n")
	n := 0
	for _, s := range swaps {
		if s.Kind == sanitize.KindSecret {
			n++
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", sanitize.Readable(s.Fiction), sanitize.Readable(s.Real), s.Kind)
	}
	if n > 0 {
		fmt.Fprintf(&b, "\n%s taken out of the notes, here too.\n", capital(Count(n).Of("credential was", "credentials were")))
	}
	return b.Bytes()
}
