package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/api/apitest"
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

// TestDocumentIsGood is that the document is OpenAPI 3.1 by the official schema, and that every operation has examples
// that fit their own schemas.
func TestDocumentIsGood(t *testing.T) {
	s := newServer(t, viewtest.NewLab())
	c, err := apitest.Read(fetch(t, s.Handler(), "/api/v1/openapi.json").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Examples(); err != nil {
		t.Error(err)
	}
	// The judge itself: what the document does not name is found.
	at := slices.IndexFunc(c.Operations, func(o apitest.Operation) bool { return o.ID == "version" })
	version := &c.Operations[at]
	for _, tt := range []struct {
		name, answer string
		status       int
	}{
		{"a property more", `{"name":"a","version":"1","last_seq":1,"simulated":true,"more":1}`, 200},
		{"a property less", `{"name":"a","version":"1","last_seq":1}`, 200},
		{"another type", `{"name":"a","version":"1","last_seq":"1","simulated":true}`, 200},
		{"another status", `{}`, 404},
		{"a code that is not its own", `{"type":"about:blank","title":"Bad Request","status":400,"code":"bad_cursor","detail":"x"}`, 400},
	} {
		kind := "application/json"
		if tt.status >= 400 {
			kind = "application/problem+json"
		}
		if c.Answer(version, tt.status, kind, []byte(tt.answer)) == nil {
			t.Errorf("%s passes", tt.name)
		}
	}
}
