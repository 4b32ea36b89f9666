package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A secret that is a word of any text is told to its owner, and not shown.
func TestCommonSecretsAreTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quorate.hcl")
	for secret, want := range map[string]int{"public": 1, "Zk9cAnAry7": 0} {
		if err := os.WriteFile(path, []byte("source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n    token = env(\"TOKEN\")\n  }\n}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load([]string{path}, LoadOptions{Lookup: func(string) (string, bool) { return secret, true }})
		if err != nil {
			t.Fatal(err)
		}
		got, err := cfg.Warnings(t.Context(), schemas{}, types)
		if err != nil || len(got) != want || strings.Contains(strings.Join(got, ""), secret) {
			t.Errorf("%d warnings wanted: %q, %v", want, got, err)
		}
	}
}
