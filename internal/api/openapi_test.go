package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/view/viewtest"
)

// TestDocumentIsTheRouteTable is that the document has each route of the table with its scope, and no other.
func TestDocumentIsTheRouteTable(t *testing.T) {
	s := newServer(t, viewtest.NewLab())
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Summary  string
			Scope    *string  `json:"x-quorate-scope"`
			Codes    []string `json:"x-quorate-codes"`
			Security []map[string][]string
		}
	}
	if err := json.Unmarshal(fetch(t, s.Handler(), "/api/v1/openapi.json").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Errorf("the document is of OpenAPI %q", doc.OpenAPI)
	}
	left := map[string]bool{}
	for path, item := range doc.Paths {
		for method := range item {
			left[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, route := range s.Routes() {
		if route.Page {
			continue // pages are for people, and forms of theirs
		}
		if !left[route.Pattern()] {
			t.Errorf("the document has no %s", route.Pattern())
			continue
		}
		delete(left, route.Pattern())
		o := doc.Paths[route.Path][strings.ToLower(route.Method)]
		if o.Scope == nil || *o.Scope != string(route.Scope) {
			t.Errorf("%s takes the scope %q, and the document says %v", route.Pattern(), route.Scope, o.Scope)
		}
		if open := len(o.Security) == 0; open != (route.Scope == "") {
			t.Errorf("%s: its security is %v", route.Pattern(), o.Security)
		}
		if o.Summary == "" || !slices.Contains(o.Codes, "internal") {
			t.Errorf("%s has the summary %q and the codes %v", route.Pattern(), o.Summary, o.Codes)
		}
	}
	for pattern := range left {
		t.Errorf("the document has %s, and the route table has not", pattern)
	}
	if w := fetch(t, s.Handler(), "/api/v1/openapi.yaml"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "components:") {
		t.Errorf("the YAML: %d %.80s", w.Code, w.Body)
	}
}

func BenchmarkNew(b *testing.B) {
	l := viewtest.NewLab()
	for b.Loop() {
		newServer(b, l)
	}
}
