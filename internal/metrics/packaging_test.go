package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/internal/view/viewtest"
)

var named = regexp.MustCompile(`\b(?:quorate|process|go)_[a-z_]+`)

// TestPackagingNamesWhatThereIs: every metric and label value pair's label in the dashboard and the rules is one of a scrape.
func TestPackagingNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	body := scrape(t, full(viewtest.NewLab()), "").Body.String()
	check := func(where, expr string) {
		for _, name := range named.FindAllString(expr, -1) {
			if !regexp.MustCompile(`(?m)^` + name + `[ {]`).MatchString(body) {
				t.Errorf("%s: a scrape has no %s", where, name)
			}
		}
		for _, selector := range regexp.MustCompile(`(\w+)\{([^}]*)\}`).FindAllStringSubmatch(expr, -1) {
			for _, label := range regexp.MustCompile(`(\w+)\s*(?:=~|!~|=|!=)`).FindAllStringSubmatch(selector[2], -1) {
				if label[1] != "instance" && !regexp.MustCompile(`(?m)^`+selector[1]+`\{[^}]*\b`+label[1]+`="`).MatchString(body) {
					t.Errorf("%s: %s has no label %s", where, selector[1], label[1])
				}
			}
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	read(t, "../../packaging/grafana/quorate.json", func(b []byte) error { return json.Unmarshal(b, &dashboard) })
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q shows nothing, or reaches over the edge", p.Title)
		}
		for _, target := range p.Targets {
			check("panel "+p.Title, target.Expr)
		}
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	read(t, "../../packaging/prometheus/alerts.yml", func(b []byte) error { return yaml.Unmarshal(b, &rules) })
	seen := map[string]bool{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			check("rule "+r.Alert, r.Expr)
			if seen[r.Alert] || !strings.HasPrefix(r.Alert, "Quorate") || r.Annotations["summary"] == "" || r.Labels["severity"] != "critical" && r.Labels["severity"] != "warning" {
				t.Errorf("rule %q: %v %v", r.Alert, r.Labels, r.Annotations)
			}
			seen[r.Alert] = true
		}
	}
	if len(dashboard.Panels) < 10 || len(seen) < 10 {
		t.Errorf("%d panels, %d rules", len(dashboard.Panels), len(seen))
	}
}

func read(t *testing.T, path string, decode func([]byte) error) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(b); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
