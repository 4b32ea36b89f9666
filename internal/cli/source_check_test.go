package cli

import (
	"slices"
	"testing"
)

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"a bc  def", []string{"a bc", "def"}},
		{"abcdefg h", []string{"abcdefg", "h"}},
		{"äöü äö é", []string{"äöü", "äö é"}},
	} {
		if got := wrapped(c.text, 5); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
