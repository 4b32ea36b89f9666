package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wrongly are the ways in which a secret ends up where it should not, with the canary in place of %s.
var wrongly = []string{
	`"%s"`, `"%s`, `%s"`, `%s`, `'%s'`, `"a ${%s} b"`, `"a ${"%s"} b"`, `"%%{%s}"`, `"\%s"`, `"${env("TOKEN")}%s`, `"\u%s"`,
	`["%s"]`, `[env("TOKEN"), "%s"]`, `{ a = "%s" }`, `{ %s = "a" }`, `{ "%s" = 1, "%s" = 2 }`, `[for x in ["%s"] : x]`,
	`env("%s")`, `env(%s)`, `env("TOKEN", "%s")`, `env("NOT_SET") # %s`, `"x" /* %s */ "y"`,
	`%s("x")`, `x::%s("x")`, `%s.x`, `"a"."%s"`, `true ? "%s" : []`, `true ? { %s = 1 } : { b = "x" }`, `{ a = 1 }["%s"]`, `{ a = 1 }.%s`,
	`1 + "%s"`, `!"%s"`, `-"%s"`, `tonumber("%s")`, `<<EOT
%s
EOT`, `<<EOT
%s
`, `<<%s
x
`, `<<-EOT
  ${%s}
  EOT`, `"%s" "x"`, `"x" "%s"`, `"%s" = "x"`, `null.%s`, `"x"[%s]`, `("%s"`, `["%s"`, `{ a = "%s"`, "\"a\nb%s\"", `env("TOKEN").%s`, `env("TOKEN")["%s"]`,
}

// places are configurations with one value written as <VALUE>.
var places = []string{
	"source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n    %s = <VALUE>\n    step = \"1s\"\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  config { %s = <VALUE> }\n}\n",
	"source \"kitchen\" \"a\" {\n  %s = <VALUE>\n}\n",
	"source \"kitchen\" \"a\" {\n  confg {\n    %s = <VALUE>\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n    credential \"v2c\" \"home\" {\n      %s = <VALUE>\n    }\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n    crdential \"v2c\" {\n      %s = <VALUE>\n    }\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n    target \"t\" {\n      part {\n        %s = <VALUE>\n      }\n    }\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n    %s = env(\"TOKEN\")\n    %[1]s = <VALUE>\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n  }\n  push {\n    %s = <VALUE>\n  }\n}\n",
	"source \"kitchen\" \"a\" {\n  push {\n    token = env(\"TOKEN\")\n    %s = <VALUE>\n  }\n}\n",
	"source \"unheard\" \"a\" {\n  config {\n    url = \"x\"\n    %s = <VALUE>\n  }\n}\n",
	"sink \"webhook\" \"w\" { %s = <VALUE> }\n",
	"sink \"notify\" \"w\" {\n  %s = [<VALUE>]\n}\n",
	"sink \"blog\" \"w\" {\n  dir = \"x\"\n  %s = <VALUE>\n}\n",
	"agent {\n  %s = <VALUE>\n}\n",
	"%s = <VALUE>\n",
}

var attributes = []string{"token", "tokne", "url", "methods", "format", "key"}

// TestCanary writes a secret wherever a value can stand, in every wrong way. No diagnostic may show it.
func TestCanary(t *testing.T) {
	const canary = "Zk9cAnAry7"
	path := filepath.Join(t.TempDir(), "quorate.hcl")
	refused := 0
	for _, place := range places {
		for _, name := range attributes {
			for _, value := range wrongly {
				config := strings.ReplaceAll(fmt.Sprintf(place, name), "<VALUE>", strings.ReplaceAll(strings.ReplaceAll(value, "%s", canary), "%%", "%"))
				if text := diagnosed(t, path, config); text != "" {
					refused++
					if leak(text, canary) {
						t.Errorf("the canary is in the diagnostics of\n%s\n%s", config, text)
					}
				}
			}
		}
	}
	if all := len(places) * len(attributes) * len(wrongly); refused < all*8/10 {
		t.Errorf("%d of %d configurations were refused: the test does not test", refused, all)
	}
}

// TestCanaryAnywhere cuts a valid configuration that holds a secret at random and glues it together again.
func TestCanaryAnywhere(t *testing.T) {
	const canary = "Zk9cAnAry7"
	path := filepath.Join(t.TempDir(), "quorate.hcl")
	whole := strings.ReplaceAll(fmt.Sprintf(places[6], "key"), "<VALUE>", `"`+canary+`"`) + strings.ReplaceAll(fmt.Sprintf(places[0], "token"), "<VALUE>", `"`+canary+`"`)
	rapid.Check(t, func(rt *rapid.T) {
		config := whole
		for range rapid.IntRange(1, 6).Draw(rt, "cuts") {
			at := rapid.IntRange(0, len(config)).Draw(rt, "at")
			end := rapid.IntRange(at, min(len(config), at+6)).Draw(rt, "end")
			glue := rapid.SampledFrom([]string{"", "\"", "{", "}", "\n", "=", "${", "%{", "<<EOT\n", "#", "/*", "\\", "[", "(", "x", " "}).Draw(rt, "glue")
			config = config[:at] + glue + config[end:]
		}
		if text := diagnosed(t, path, config); leak(text, canary) {
			rt.Fatalf("the canary is in the diagnostics of\n%s\n%s", config, text)
		}
	})
}

// leak reports whether text holds a telling part of the canary.
func leak(text, canary string) bool {
	for i := 0; i+5 <= len(canary); i++ {
		if strings.Contains(text, canary[i:i+5]) {
			return true
		}
	}
	return false
}

// diagnosed returns everything that is said of a configuration, and of its form.
func diagnosed(t *testing.T, path, config string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	text := ""
	cfg, err := Load([]string{path}, LoadOptions{Lookup: lookup})
	if err == nil {
		_, _, err = cfg.Settings(t.Context(), schemas{}, types)
	}
	if err != nil {
		text += err.Error()
	}
	if _, err := Format("standard input", []byte(config)); err != nil {
		text += err.Error()
	}
	return text
}
