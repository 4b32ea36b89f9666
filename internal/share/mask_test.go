package share

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

type memory struct{ rows []sanitize.Row }

func (m *memory) Aliases(context.Context) ([]sanitize.Row, error) { return m.rows, nil }
func (m *memory) PutAlias(_ context.Context, r sanitize.Row) error {
	m.rows = append(m.rows, r)
	return nil
}

// home is a masker of a home with one device, one source and a secret. Private values are put together when the test
// runs.
func home(t testing.TB) *Masker {
	t.Helper()
	table, err := sanitize.NewTable([]byte(strings.Repeat("k", 32)), &memory{}, sanitize.TableOptions{Pick: func(int) int { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	gateway, err := table.Device(t.Context(), "d_0123456789", sanitize.RoleFirewall)
	if err != nil {
		t.Fatal(err)
	}
	registry := leakcheck.Registry{"hostnames": {"kellerkind"}, "tokens": {strings.Repeat("geheim", 3)}, "ipv4": {privateAddress}}
	known := append(sanitize.KnownValues(registry, nil),
		sanitize.Known{Kind: sanitize.KindDevice, Value: "d_0123456789", Device: "d_0123456789", Role: sanitize.RoleFirewall},
		sanitize.Known{Kind: sanitize.KindSource, Value: "nmskeller", Product: sanitize.ProductLibreNMS})
	return New(table, Names{"gateway": gateway}, known, registry)
}

var privateAddress = strings.Join([]string{"10", "20", "30", "40"}, ".")

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"columns", "DEVICE\tVERDICT\nkellerkind\tup\ngateway\tdown\n", "DEVICE      VERDICT\nhost-1      up\nfirewall-1  down\n"},
		{"a row about a place", "FIELD\tVALUE\tSAYS\tFOR\tOTHERS SAY\nlocation\tOffice, floor 2\tnmskeller\t5m\tfloor\n", "FIELD     VALUE  SAYS      FOR  OTHERS SAY\nlocation  […]    LibreNMS  5m   […]\n"},
		{"a sentence of the program", "nmskeller is believed again: it calls none of them down any more\n", "LibreNMS is believed again: it calls none of them down any more\n"},
		{"a name that is a word, where an event has it", "one incident: gateway is down\tgateway: the gateway answers\n", "one incident: firewall-1 is down  firewall-1: the gateway answers\n"},
		{"words of a source", "nmskeller: Zorbas USV meldet Unterspannung\n", "LibreNMS: […]\n"},
		{"an id that is known, and one that is not", "d_0123456789 d_abcdefgh12", "firewall-1 d_[…]"},
		{"an address, also of nobody", "dial " + privateAddress + ":161: connection refused", "dial 192.0.2.1:161: connection refused"},
		{"times and numbers", "2026-03-07 12:00:05 for 1h05m30s, 12.1ms, 65 MiB, 1,234 of 68 devices", "2026-03-07 12:00:05 for 1h05m30s, 12.1ms, 65 MiB, 1,234 of 68 devices"},
		{"a long number", "disk 4816248161", "disk […]"},
		{"a secret", "token " + strings.Repeat("geheim", 3), "token [removed]"},
		{"keys of a device", "serial ZX81QQ engine id 80001f8880", "serial [serial number] engine id [id]"},
		{"an empty text", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := home(t).Text(t.Context(), c.in)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestJSONStaysJSON(t *testing.T) {
	in := `{
  "name": "kellerkind", "id": "d_0123456789", "location": "Office", "n": 1.5, "none": null,
  "tags": ["gateway", "zorbas \"down\" \u0041", ""], "since": "2026-03-07T12:00:05.123Z", "zorbas": {"up": true}
}
{"seq":2}`
	want := `{
  "name": "host-1", "id": "firewall-1", "location": "[…]", "n": 1.5, "none": null,
  "tags": ["firewall-1", "[…] \"down\" A", ""], "since": "2026-03-07T12:00:05.123Z", "[…]": {"up": true}
}
{"seq":2}
`
	got, err := home(t).JSON(t.Context(), []byte(in))
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if _, err := home(t).JSON(t.Context(), []byte(`{"a": `)); err == nil {
		t.Error("half a value passes")
	}
}

// TestAnythingLeftRefuses hands the masker's check what the masker would not have let through.
func TestAnythingLeftRefuses(t *testing.T) {
	err := home(t).Check([]byte("all is well on " + privateAddress))
	refused, ok := errors.AsType[*RefusedError](err)
	if !ok || len(refused.Findings) == 0 {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(refused.Error(), privateAddress) || !strings.Contains(refused.Error(), "at byte 15") {
		t.Errorf("the refusal says %q", refused)
	}
}

// TestNothingFromOutsidePasses writes words that the program does not say into texts and JSON, in every dress.
func TestNothingFromOutsidePasses(t *testing.T) {
	m := home(t)
	rapid.Check(t, func(rt *rapid.T) {
		canary := rapid.StringMatching(`[a-z]{3,6}[0-9]{1,3}[A-Z][a-z]{4,8}`).Draw(rt, "canary")
		dress := rapid.SampledFrom([]func(string) string{
			func(s string) string { return s },
			strings.ToUpper,
			func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) },
			func(s string) string { return hex.EncodeToString([]byte(s)) },
			func(s string) string { return url.QueryEscape(s + " ü") },
			func(s string) string { return s + "." + s + ":161" },
			func(s string) string { return "http://" + s + ":" + s + "@" + s + "/" + s },
			func(s string) string { return "/home/" + s + "/" + s + ".key" },
		}).Draw(rt, "dress")(canary)
		around := rapid.SampledFrom([]string{"%s", "nas-1 is down: %s says so\n", "password = %s", "a\t%s\tb\n", "the disk of %s is full, %[1]s", "(%s)", "%s=up %[1]s=down"}).Draw(rt, "around")
		text, err := m.Text(context.Background(), fmt.Sprintf(around, dress))
		if _, refused := errors.AsType[*RefusedError](err); err != nil && !refused {
			rt.Fatal(err)
		}
		in, err := json.Marshal(map[string]any{dress: []string{fmt.Sprintf(around, dress)}})
		if err != nil {
			rt.Fatal(err)
		}
		out, err := m.JSON(context.Background(), in)
		if _, refused := errors.AsType[*RefusedError](err); err != nil && !refused || err == nil && !json.Valid(out) {
			rt.Fatalf("%s: %v", out, err)
		}
		for _, got := range []string{text, string(out)} {
			low := strings.ToLower(got)
			if strings.Contains(low, strings.ToLower(canary)) || strings.Contains(low, strings.ToLower(dress)) {
				rt.Fatalf("the canary is in %q", got)
			}
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("kellerkind is down")
	f.Add("\xff{\"a\":\"" + privateAddress + "\"}")
	m := home(f)
	alone := regexp.MustCompile(`(^|[^\d.])` + regexp.QuoteMeta(privateAddress) + `($|[^\d.])`)
	f.Fuzz(func(t *testing.T, s string) {
		text, err := m.Text(context.Background(), s)
		if err == nil && (strings.Contains(strings.ToLower(text), "kellerkind") || alone.MatchString(text)) {
			t.Errorf("%q becomes %q", s, text)
		}
		again, err2 := m.Text(context.Background(), text)
		if err == nil && err2 == nil && strings.Join(strings.Fields(again), " ") != strings.Join(strings.Fields(text), " ") {
			t.Errorf("%q becomes %q, and that %q", s, text, again)
		}
	})
}
