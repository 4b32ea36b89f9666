package blogsink

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leakcheck"
)

// ownPicture is an image of the post's own in its text, and ownImage in the page.
var (
	ownPicture = regexp.MustCompile(`!\[[A-Za-z0-9 .,:;%-]+\]\(\{\{ '/assets/quorate/[a-z0-9-]+/[a-z]+\.svg' \| relative_url \}\}\)`)
	ownImage   = regexp.MustCompile(`<img src="(?:/blog)?/assets/quorate/[a-z0-9-]+/[a-z]+\.svg" alt="[A-Za-z0-9 .,:;%-]+" />`)
)

// published puts the charts of the drafts where they lie once a post is published.
func (h *home) published(t testing.TB) {
	t.Helper()
	charts := filepath.Join(h.private, "charts")
	if _, err := os.Stat(charts); err != nil {
		return
	}
	if err := os.CopyFS(filepath.Join(h.dir, "assets", "quorate"), os.DirFS(charts)); err != nil {
		t.Fatal(err)
	}
}

// TestPicturesAreTheFilesOfThePost: what the text shows are the files beside it, and they hold what the tables hold.
func TestPicturesAreTheFilesOfThePost(t *testing.T) {
	h := newHome(t, labDay(), nil)
	text := h.draft(t)
	doc, err := h.sink.compose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"timeline.svg", "agreement.svg", "availability.svg"} {
		i := slices.IndexFunc(doc.assets, func(a asset) bool { return a.name == want })
		if i < 0 || !strings.Contains(text, "/assets/quorate/"+doc.slug+"/"+want+"' | relative_url }}") {
			t.Errorf("no %s", want)
			continue
		}
		golden(t, strings.TrimSuffix(want, ".svg")+".golden.svg", string(doc.assets[i].body))
	}
	if len(doc.assets) != 3 || len(ownPicture.FindAllString(text, -1)) != 3 {
		t.Errorf("%d pictures, and %d in the text", len(doc.assets), len(ownPicture.FindAllString(text, -1)))
	}
	for _, a := range doc.assets {
		if found := leakcheck.New(doc.registry).Check(a.name, a.body); len(found) > 0 {
			t.Errorf("%s: %v", a.name, found)
		}
	}
	availability := doc.assets[slices.IndexFunc(doc.assets, func(a asset) bool { return a.name == "availability.svg" })].body
	for _, share := range []string{doc.facts.Availability.All.Up.String(), doc.facts.Availability.Worst[0].Up.String()} {
		if !bytes.Contains(availability, []byte(">"+share+"<")) {
			t.Errorf("the table says %s, and the picture does not", share)
		}
	}
}

// TestWordsOfPicturesNameNothing takes every word of the pictures for a device's name: the gate passes them all the same.
func TestWordsOfPicturesNameNothing(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.draft(t)
	doc, err := h.sink.compose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`[A-Za-z]{3,}`)
	for _, a := range doc.assets {
		words := form.FindAllString(string(a.body), -1)
		found := map[string]bool{}
		for _, f := range leakcheck.New(leakcheck.Registry{"hostnames": words, "words": words}).Check(a.name, a.body) {
			if f.Offset >= 0 {
				found[string(a.body[f.Offset:f.Offset+f.Length])] = true
			}
		}
		if len(found) > 0 {
			var all []string
			for w := range found {
				all = append(all, w)
			}
			slices.Sort(all)
			t.Errorf("words of %s that would keep every post from being written where a device is called so; add them to postWords in leakcheck/harmless.go:\n%s", a.name, strings.Join(all, " "))
		}
	}
}
