package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

const kitchenSource = `source "kitchen" "a" {
  # the old one, whose password was hunter2
  interval = "60s" // a minute
  config {
    url   = "x" # mine
    token = env("TOKEN")
  }
  push {
    token = env("PUSH")
  }
}
`

// checkedKitchen is a source of which a poll took that long, and what was found.
func checkedKitchen(t *testing.T, config string, took time.Duration, found ...string) (*Config, *SourceCheck, *looked) {
	t.Helper()
	cfg, err := Load([]string{writeCase(t, config)}, LoadOptions{Lookup: lookup})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := cfg.Source("a")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	it := &looked{Polled: Polled{Source: s, Snapshot: device.Snapshot{Source: "a", Started: at, At: at.Add(took)}}}
	if it.info, err = (schemas{}).Describe(t.Context(), s.spec(Settings{})); err != nil {
		t.Fatal(err)
	}
	out := &SourceCheck{Source: "a", Works: true}
	for _, text := range found {
		out.Findings = append(out.Findings, Found{Topic: "x", HCL: text})
	}
	return cfg, out, it
}

func TestSuggestSource(t *testing.T) {
	block := func(inner string) string {
		return "# In place of the source block, but for its comments:\nsource \"kitchen\" \"a\" {\n" + inner + "  push {\n    token = env(\"PUSH\")\n  }\n}"
	}
	const same = "    url   = \"x\"\n    token = env(\"TOKEN\")\n"
	for _, tt := range []struct {
		name  string
		took  time.Duration
		found []string
		want  string
		taken int // findings that keep their lines
	}{
		{name: "nothing to change", took: time.Second},
		{name: "an attribute more", found: []string{`step = "60s"`}, taken: 1, want: block("  interval = \"60s\"\n  config {\n" + same + "    step  = \"60s\"\n  }\n")},
		{name: "another value", found: []string{`url = "y"`}, taken: 1, want: block("  interval = \"60s\"\n  config {\n    url   = \"y\"\n    token = env(\"TOKEN\")\n  }\n")},
		{name: "a block", found: []string{"target \"t\" {\n  address = \"192.0.2.1\"\n}"}, taken: 1,
			want: block("  interval = \"60s\"\n  config {\n" + same + "\n    target \"t\" {\n      address = \"192.0.2.1\"\n    }\n  }\n")},
		{name: "what the plugin does not know", found: []string{`spep = "60s"`}},
		{name: "a wrong value", found: []string{`step = "sixty"`}},
		{name: "no configuration", found: []string{`step = "60s`, `}`, "\x00", `"`}},
		{name: "a file of ours", found: []string{`url = file("/etc/passwd")`, `url = env("TOKEN")`, "url = \"${env(\"TOKEN\")}\""}},
		{name: "a variable", found: []string{`url = token`}},
		{name: "a secret", found: []string{`token = "(secret)"`}},
		{name: "out of the block", found: []string{"}\n}\nsource \"exec\" \"b\" {\n config {\n"}},
		{name: "good and bad", found: []string{`spep = 1`, `fast = false`, `token = "x"`}, taken: 1, want: block("  interval = \"60s\"\n  config {\n" + same + "    fast  = false\n  }\n")},
		{name: "a slow poll", took: 20 * time.Second, want: block("  interval = \"60s\"\n  config {\n" + same + "  }\n")},
		{name: "a very slow poll", took: 40 * time.Second, want: block("  interval = \"3m\"\n  config {\n" + same + "  }\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, out, it := checkedKitchen(t, kitchenSource, tt.took, tt.found...)
			got := cfg.suggest(out, it)
			if tt.took >= 20*time.Second {
				// Where an attribute that was not there comes is the writer's affair.
				if !strings.Contains(got, "timeout") {
					t.Errorf("no longer timeout:\n%s", got)
				}
				lines := strings.Split(got, "\n")
				kept := lines[:0]
				for _, l := range lines {
					if !strings.Contains(l, "timeout") {
						kept = append(kept, l)
					}
				}
				got = strings.Join(kept, "\n")
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			taken := 0
			for _, f := range out.Findings {
				if f.HCL != "" {
					taken++
				}
			}
			if taken != tt.taken {
				t.Errorf("%d findings keep their lines, want %d", taken, tt.taken)
			}
		})
	}
}

func TestSuggestBeside(t *testing.T) {
	near := func(a, b, reason string) identity.Near {
		return identity.Near{
			Ref: device.SourceRef{Source: "a", Ref: a}, Name: device.Name{ID: device.ID("d_" + a), Name: a},
			Other: device.SourceRef{Source: "b", Ref: b}, With: device.Name{ID: device.ID("d_" + b), Name: b}, Reason: reason,
		}
	}
	cfg, out, _ := checkedKitchen(t, "device \"pinned\" {\n}\n"+kitchenSource, 0)
	out.Near = []identity.Near{
		near("web", "x", identity.ReasonName), near("fw", "y", identity.ReasonShared), near("fw", "z", identity.ReasonShared),
		near("nas", "n", identity.ReasonSerial), near("pinned", "p", identity.ReasonName), near("odd\"${1}", "o", identity.ReasonName),
	}
	got := cfg.suggestBeside(out)
	const want = `# Only if they are one device:
device "web" {
  match {
    refs = {
      a = ["web"]
      b = ["x"]
    }
  }
}

# Only if they are one device:
device "odd\"$${1}" {
  match {
    refs = {
      a = ["odd\"$${1}"]
      b = ["o"]
    }
  }
}
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	again, err := Load([]string{writeCase(t, kitchenSource+"source \"kitchen\" \"b\" {\n  config {\n    url = \"y\"\n  }\n}\n"+got)}, LoadOptions{Lookup: lookup})
	if err != nil || len(again.Devices) != 2 || again.Devices[1].Name != `odd"${1}` {
		t.Errorf("pasted: %v, %v", again, err)
	}
}
