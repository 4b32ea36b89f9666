package blogsink

import (
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/sanitize"
)

// TestFactsHoldNoText walks the types of Facts: no field may be able to carry a text from outside. What has a text
// inside is one of a closed list of types that only their own packages can fill.
func TestFactsHoldNoText(t *testing.T) {
	closed := map[reflect.Type]bool{
		reflect.TypeFor[sanitize.Alias](): true, // made by a Table only
		reflect.TypeFor[sanitize.Words](): true, // made by a Cleaner only
		reflect.TypeFor[sanitize.Prose](): true,
		reflect.TypeFor[Version]():        true, // matches a pattern or is empty
		reflect.TypeFor[PostRef]():        true,
		reflect.TypeFor[Zone]():           true, // found in the system's zone files
		reflect.TypeFor[time.Time]():      true,
		// Made in setup_literal.go of numbers, aliases and closed lists only.
		reflect.TypeFor[Literal]():     true,
		reflect.TypeFor[Variable]():    true,
		reflect.TypeFor[settingWord](): true,
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, path string) {
		if closed[typ] || seen[typ] {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.Struct:
			for f := range typ.Fields() {
				walk(f.Type, path+"."+f.Name)
			}
		case reflect.Slice, reflect.Array, reflect.Pointer:
			if typ.Elem().Kind() == reflect.Uint8 && typ.Kind() == reflect.Slice {
				t.Errorf("%s is %s: bytes can carry a text from outside", path, typ)
				return
			}
			walk(typ.Elem(), path+"[]")
		case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8:
		default:
			t.Errorf("%s is %s: it can carry a text from outside", path, typ)
		}
	}
	closed[reflect.TypeFor[IncidentPicture]()] = true // matches a pattern or is empty
	walk(reflect.TypeFor[IncidentFacts](), "IncidentFacts")
	walk(reflect.TypeFor[Facts](), "Facts")
}

// TestClosedTypesHaveNoDoor checks that the closed types cannot be filled from another package.
func TestClosedTypesHaveNoDoor(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[sanitize.Alias](), reflect.TypeFor[sanitize.Words](), reflect.TypeFor[sanitize.Prose](), reflect.TypeFor[Version](), reflect.TypeFor[PostRef](),
		reflect.TypeFor[Literal](), reflect.TypeFor[Variable](), reflect.TypeFor[settingWord](), reflect.TypeFor[Zone](),
	} {
		for f := range typ.Fields() {
			if f.IsExported() {
				t.Errorf("%s.%s is exported", typ, f.Name)
			}
		}
		if reflect.PointerTo(typ).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
			t.Errorf("%s can be filled by a decoder", typ)
		}
	}
}

func TestVersionTakesVersionsOnly(t *testing.T) {
	for in, want := range map[string]string{
		"0.1.0": "0.1.0", "v1.2.3-rc.1": "1.2.3-rc.1", "dev": "", "1.2.3 built by someone": "", "": "", "0.1.0-dirty-weber": "",
	} {
		if got := parseVersion(in).String(); got != want {
			t.Errorf("parseVersion(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 40 * time.Second: "40 seconds", time.Minute: "1 minute", 75 * time.Second: "75 seconds",
		6 * time.Minute: "6 minutes", 2 * time.Hour: "2 hours", 200 * time.Minute: "3 hours 20 minutes", 12 * 24 * time.Hour: "12 days", -time.Second: "0 seconds",
	} {
		if got := Span(d).String(); got != want {
			t.Errorf("Span(%s) = %q, want %q", d, got, want)
		}
	}
}
