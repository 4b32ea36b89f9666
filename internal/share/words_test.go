package share

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write words.txt anew")

// speaking are the rooms whose texts an output of the program may hold.
var speaking = []string{"agent", "consensus", "device", "identity", "pipeline", "plugins", "sdk", "sinks", "internal/api", "internal/cli", "internal/host", "internal/maintenance", "internal/store", "internal/share"}

var oneWord = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]*`)

// said are the words in the texts of the program's source.
func said(t *testing.T) map[string]bool {
	t.Helper()
	words := map[string]bool{}
	for _, room := range speaking {
		err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(room)), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_words.go") ||
				strings.Contains(path, "apitest") || strings.HasSuffix(path, "examples.go") {
				return err // a list of words says nothing, a test or an example is of something else
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err != nil || len(text) > 300 { // a page, a statement or a list, not a message
					return true
				}
				for _, w := range oneWord.FindAllString(text, -1) {
					if len(w) <= 20 {
						words[strings.ToLower(w)] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range []string{"europe", "berlin"} { // of an example
		delete(words, place)
	}
	return words
}

// TestWordsAreTheProgramsOwn keeps the list near to what the program says: a word that is missing costs a mark in an
// output and nothing else, so a few may.
func TestWordsAreTheProgramsOwn(t *testing.T) {
	words := said(t)
	if *update {
		list := slices.Sorted(maps.Keys(words))
		if err := os.WriteFile("words.txt", []byte(strings.Join(list, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	var missing []string
	for w := range words {
		if !dictionary[w] {
			missing = append(missing, w)
		}
	}
	if len(missing)*20 > len(words) {
		slices.Sort(missing)
		t.Errorf("%d of %d words of the program's messages are not in words.txt: run \"make words\"; such as %q", len(missing), len(words), missing[:20])
	}
}
