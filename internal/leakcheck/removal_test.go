package leakcheck

import (
	"slices"
	"testing"

	"github.com/quorate/quorate/internal/leaktext"
)

// lost counts the cases whose secret is not covered by a checker.
func lost(c *Checker, cases []leaktext.Case) []string {
	var out []string
	for _, tt := range cases {
		if found := c.Check("post.md", []byte(tt.Text)); !covered(labelled{Text: tt.Text, Secret: secrets{tt.Secret}}, found) {
			out = append(out, tt.Text)
		}
	}
	return out
}

// TestEveryRuleIsNeeded takes one rule away at a time: a case must then get through. A rule that nothing misses is either
// tested by nothing or of no use.
func TestEveryRuleIsNeeded(t *testing.T) {
	whole := New(nil)
	// Only lines that have a rule's word can miss it.
	by := make([][]leaktext.Case, len(whole.rules.rules))
	for _, tt := range leaktext.Secrets() {
		for i := range whole.rules.rules {
			if r := &whole.rules.rules[i]; r.re.MatchString(string(fold([]byte(tt.Text)).lower)) || r.re.MatchString(tt.Text) {
				by[i] = append(by[i], tt)
			}
		}
	}
	for i, r := range whole.rules.rules {
		rules := slices.Delete(slices.Clone(whole.rules.rules), i, i+1)
		less := &Checker{known: whole.known, rules: rulesetOf(rules), detectors: whole.detectors, readers: whole.readers}
		if len(lost(less, by[i])) == 0 {
			t.Errorf("nothing misses the rule for %s %v: %.110s", r.kind, r.words, r.re)
		}
	}
}

// TestEveryDetectorIsNeeded does the same with the detectors of shapes.
func TestEveryDetectorIsNeeded(t *testing.T) {
	for i := range newDetectors() {
		less := New(nil)
		less.detectors = slices.Delete(less.detectors, i, i+1)
		if len(lost(less, leaktext.Secrets())) == 0 {
			t.Errorf("nothing misses detector %d", i)
		}
	}
}

// TestEveryReaderIsNeeded does the same with the ways to read a text.
func TestEveryReaderIsNeeded(t *testing.T) {
	cases := leaktext.Secrets()
	for _, text := range []string{"colibri fell", "c-o-l-i-b-r-i", "co<b>li</b>bri", "coli\nbri", "kingfish-\ner", "Blue-\nKettle-92", "61 6e 6e 61"} {
		cases = append(cases, leaktext.Case{Text: text, Secret: text})
	}
	if got := lost(New(home()), cases); len(got) > 0 {
		t.Fatalf("lost %q with all of them", got)
	}
	for i := range newReaders() {
		less := New(home())
		less.readers = slices.Delete(less.readers, i, i+1)
		if len(lost(less, cases)) == 0 {
			t.Errorf("nothing misses reader %d", i)
		}
	}
}

// TestEverySpellingIsNeeded takes one spelling of a value away at a time: the text that holds it must then get through.
func TestEverySpellingIsNeeded(t *testing.T) {
	for kind, values := range home() {
		for _, value := range values {
			all := Registry{kind: {value}}.spellings()
			for i, p := range all {
				text := "- " + p.text + " -"
				with := &Checker{known: newMatcher(slices.Clone(all)), readers: newReaders()[:1]}
				less := &Checker{known: newMatcher(slices.DeleteFunc(slices.Clone(all), func(o pattern) bool { return o.text == p.text })), readers: newReaders()[:1]}
				if len(with.Check("p.md", []byte(text))) == 0 {
					t.Errorf("%s: spelling %d of %d is not found", kind, i, len(all))
				}
				if found := less.Check("p.md", []byte(text)); len(found) > 0 && found[0].Length >= len(p.text) {
					t.Errorf("%s: nothing misses spelling %d of %d", kind, i, len(all))
				}
			}
		}
	}
}
