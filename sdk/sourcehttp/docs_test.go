package sourcehttp_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?s)\n```go\n(.*?)```\n")

// TestDocs: what the checklist for sources shows is code of the examples, which run.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/adding/source.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []byte
	for _, file := range []string{"example_test.go", "../example_watch_test.go"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples = append(examples, b...)
	}
	blocks := goBlock.FindAllSubmatch(page, -1)
	for _, b := range blocks {
		if !strings.Contains(string(examples), string(b[1])) {
			t.Errorf("this is in none of the examples:\n%s", b[1])
		}
	}
	if len(blocks) == 0 {
		t.Error("the page shows no code")
	}
}
