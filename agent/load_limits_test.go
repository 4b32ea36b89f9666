package agent

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/host"
)

func TestLimitsOfASource(t *testing.T) {
	for _, c := range []struct {
		name, block string
		want        host.Limits
		says        string // a mistake
	}{
		{"none", "", host.Limits{}, ""},
		{"all", "limits {\n memory = \"1GiB\"\n files = 64\n processes = 1\n}", host.Limits{Memory: 1 << 30, Files: 64, Processes: 1}, ""},
		{"some", "limits {\n memory = \"65536 KiB\"\n}", host.Limits{Memory: 64 << 20, Files: host.DefaultFiles, Processes: host.DefaultProcesses}, ""},
		{"no unit", "limits {\n memory = \"512\"\n}", host.Limits{}, `"memory" is "512"; it takes a whole number with its unit, such as "512MiB" or "1GiB".`},
		{"half", "limits {\n memory = \"0.5GiB\"\n}", host.Limits{}, `"memory" is "0.5GiB"; it takes a whole number`},
		{"another unit", "limits {\n memory = \"512MB\"\n}", host.Limits{}, "it takes a whole number with its unit"},
		{"too little", "limits {\n memory = \"1MiB\"\n}", host.Limits{}, `"memory" is "1MiB"; it takes 64MiB to 1TiB.`},
		{"overflow", "limits {\n memory = \"9223372036854775807TiB\"\n}", host.Limits{}, "it takes 64MiB to 1TiB"},
		{"negative", "limits {\n memory = \"-512MiB\"\n}", host.Limits{}, "it takes a whole number"},
		{"no files", "limits {\n files = 3\n}", host.Limits{}, `"files" is 3; it takes 32 to 1048576.`},
		{"half a process", "limits {\n processes = 1.5\n}", host.Limits{}, "it takes a whole number"},
		{"typo", "limits {\n memroy = \"1GiB\"\n}", host.Limits{}, `Did you mean "memory"?`},
		{"twice", "limits {\n files = 64\n}\nlimits {\n files = 64\n}", host.Limits{}, "A source has one limits block."},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := writeCase(t, fmt.Sprintf("source \"kitchen\" \"k\" {\n%s\n}\n", c.block))
			cfg, err := Load([]string{dir}, LoadOptions{Lookup: lookup})
			if c.says != "" {
				if err == nil || !strings.Contains(fmt.Sprintf("%+v", err), c.says) {
					t.Errorf("error %v, want %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.Sources[0].spec(Settings{}).Limits; got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
