package sourcehttp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/quorate/quorate/device"
)

// sensors reads the names of all sensors of a tree, in one go.
func sensors(t *testing.T, body string, o Options, options ...CallOption) (string, error) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=UTF-8")
		_, _ = io.WriteString(w, body)
	}))
	defer srv.Close()
	client, err := New(Config{URL: srv.URL, Query: map[string]device.Secret{"apitoken": canary}}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var names []string
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a context without a deadline has 30 s
	defer cancel()
	err = client.GetXML(ctx, "/api/table", url.Values{"q": {"a b"}}, []string{"prtg", "sensors"},
		func(d *xml.Decoder, root xml.StartElement) error {
			var tree struct {
				Sensors []struct {
					ID   Scalar `xml:"id,attr"`
					Name Scalar `xml:"name"`
				} `xml:"sensor"`
			}
			if err := d.DecodeElement(&tree, &root); err != nil {
				return err
			}
			for _, s := range tree.Sensors {
				names = append(names, s.ID.String()+"="+s.Name.String())
			}
			return nil
		}, options...)
	return strings.Join(names, " "), err
}

func TestXML(t *testing.T) {
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n"
	deep := strings.Repeat("<group>", 100) + strings.Repeat("</group>", 100)
	tests := []struct {
		name, body, want string
		kind             Kind // "" is success
		err              string
	}{
		{"plain", head + `<prtg><sensor id="1"><name>a</name></sensor><sensor id="2"><name>b</name></sensor></prtg>`, "1=a 2=b", "", ""},
		{"byte order mark, blanks, comment", "\xef\xbb\xbf \n<!-- x --><prtg><sensor><name>a</name></sensor></prtg>\n<!-- y -->\n", "=a", "", ""},
		{"no prolog, other root", `<sensors totalcount="1"><sensor><name>a</name></sensor></sensors>`, "=a", "", ""},
		{"bare ampersand and entities", head + `<prtg><sensor><name>lab&office &nbsp; &lt;</name></sensor></prtg>`, "=lab&office &nbsp; <", "", ""},
		{"control characters", head + "<prtg><sensor><name>a\x00b\x1b[31m&#x1;&#0;&#31;c&#65;</name></sensor></prtg>", "=a b [31m   cA", "", ""},
		{"no characters", head + "<prtg><sensor><name>a&#xFFFE;&#55296;&#x110000;&#99999999999;\ufffe</name></sensor></prtg>", "=a    \ufffd", "", ""},
		{"invalid UTF-8", head + "<prtg><sensor><name>K\xfcche</name></sensor></prtg>", "=K\ufffdche", "", ""},
		{"CDATA", head + "<prtg><sensor><name><![CDATA[<b>&amp;]]></name></sensor></prtg>", "=<b>&amp;", "", ""},
		{"elements in a text", head + "<prtg><sensor><name>a<b>c</b>d</name></sensor></prtg>", "=ad", "", ""},
		{"missing", head + "<prtg><sensor/></prtg>", "=", "", ""},

		{"html", "<!DOCTYPE html><html><head><title>Log in</title></head></html>", "", KindNotXML, `200 OK with HTML instead of XML (it says "Log in")`},
		{"html root behind a prolog", head + "<html><head></head></html>", "", KindBroken, `no usable XML: another root element than the expected one: "html"`},
		{"html behind a comment", "<!-- x --><html></html>", "", KindBroken, `"html"`},
		{"json", `{"a":1}`, "", KindNotXML, "200 OK with JSON instead of XML"},
		{"text", `1234`, "", KindNotXML, "instead of XML"},
		{"nothing", "  ", "", KindNotXML, "200 OK with an empty body instead of XML"},
		{"root of a longer name", `<prtgx></prtgx>`, "", KindNotXML, "instead of XML"},
		{"document type", head + `<!DOCTYPE prtg [<!ENTITY a "b">]><prtg></prtg>`, "", KindBroken, "a document type"},
		{"missing end tag", head + `<prtg><sensor id="1"><name>a</name><sensor id="2"><name>b</name></sensor></prtg>`, "", KindBroken, `an element is not closed: "sensor"`},
		{"root not closed", head + `<prtg><sensor id="1"><name>a</name></sensor>`, "", KindBroken, "broke off"},
		{"cut in a tag", head + `<prtg><sensor id="1"><na`, "", KindBroken, "broke off"},
		{"cut in a text", head + `<prtg><sensor id="1"><name>a`, "", KindBroken, "broke off"},
		{"cut in a reference", head + `<prtg><sensor id="1"><name>&#6`, "", KindBroken, "broke off"},
		{"two answers", head + `<prtg></prtg><prtg></prtg>`, "", KindBroken, `more follows after its end: "prtg"`},
		{"text behind", head + `<prtg></prtg>` + canary + "\n", "", KindBroken, `text outside of the root element: "(secret)"`},
		{"bare less-than", head + `<prtg><sensor><name>a < b</name></sensor></prtg>`, "", KindBroken, "malformed in line 2"},
		{"other encoding", `<?xml version="1.0" encoding="` + canary + `"?><prtg></prtg>`, "", KindBroken, `it must be UTF-8 and declares "(secret)"`},
		{"too deep", head + "<prtg>" + deep + "</prtg>", "", KindTooLarge, "deeper than 64 levels"},
		{"one huge text", head + "<prtg><sensor><name>" + strings.Repeat("a", 2<<20) + "</name></sensor></prtg>", "", KindTooLarge, "a text longer than 1024 KiB"},
		{"one huge tag", head + `<prtg><sensor id="` + strings.Repeat(">", 2<<20) + `"></sensor></prtg>`, "", KindTooLarge, "a text longer than 1024 KiB"},
		{"one huge comment", head + `<prtg><!-- ` + strings.Repeat("<a>", 1<<20) + ` --></prtg>`, "", KindTooLarge, "a text longer than 1024 KiB"},
		{"too large", head + "<prtg>" + strings.Repeat("<sensor></sensor>", 1<<18) + "</prtg>", "", KindTooLarge, "larger than 4 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := sensors(t, tt.body, Options{MaxBody: 4 << 20})
			if tt.kind == "" {
				if err != nil || got != tt.want {
					t.Fatalf("got %q, %v, want %q", got, err, tt.want)
				}
				return
			}
			wantFailure(t, err, tt.kind, tt.err)
		})
	}
}

// TestXMLRest: what decode does not read is held to the same rules.
func TestXMLRest(t *testing.T) {
	for body, want := range map[string]string{
		"<prtg><a/><b/></prtg>":               "",
		"<prtg><a/><b></prtg>":                `not closed: "b"`,
		"<prtg><a/>":                          "broke off",
		"<prtg><a/></prtg><more></more>":      "more follows",
		"<prtg>" + strings.Repeat("<a>", 100): "deeper than",
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) }))
		client, err := New(Config{URL: srv.URL}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = client.GetXML(t.Context(), "/x", nil, []string{"prtg"}, func(d *xml.Decoder, _ xml.StartElement) error { return nil })
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.30s: %v, want %q", body, err, want)
		}
		client.Close()
		srv.Close()
	}
}

// TestMaxBodyOfACall: a call may take more than the client, or less.
func TestMaxBodyOfACall(t *testing.T) {
	body := "<prtg>" + strings.Repeat("<sensor></sensor>", 1<<17) + "</prtg>" // 2.1 MiB
	for limit, fits := range map[int64]bool{0: false, 2 << 20: false, 3 << 20: true} {
		_, err := sensors(t, body, Options{MaxBody: 1 << 20}, MaxBody(limit))
		if fits && err != nil {
			t.Errorf("%d: %v", limit, err)
		}
		if !fits {
			wantFailure(t, err, KindTooLarge, "larger than")
		}
	}
}

// TestCountBytes: what several calls cost adds up, also where one ends early.
func TestCountBytes(t *testing.T) {
	body := "<prtg>" + strings.Repeat("<sensor></sensor>", 1000) + "</prtg>"
	var n int64
	for range 2 {
		if _, err := sensors(t, body, Options{}, CountBytes(&n)); err != nil {
			t.Fatal(err)
		}
	}
	if n != int64(2*len(body)) {
		t.Errorf("%d bytes, want %d", n, 2*len(body))
	}
}

// FuzzXMLText holds that a decoder never stumbles over a character in what xmlText lets through, that good text goes
// through unchanged, and that it does not matter in which portions the body comes.
func FuzzXMLText(f *testing.F) {
	for _, s := range []string{"a&b", "&#x1;", "&#65;", "\xff\x00", "ü&#", "&#xD800;&#;&&#x;", "€\xe2\x82", "&#6<;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		whole, err := io.ReadAll(&xmlText{r: strings.NewReader(s)})
		if err != nil && len(s) < maxText {
			t.Fatal(err)
		}
		bytewise, _ := io.ReadAll(&xmlText{r: iotest.OneByteReader(strings.NewReader(s))})
		if string(whole) != string(bytewise) {
			t.Errorf("%q becomes %q at once and %q byte by byte", s, whole, bytewise)
		}
		text := strings.NewReplacer("<", " ", ">", " ").Replace(string(whole)) // in their places: "&#6<;" is no reference
		d := xml.NewDecoder(strings.NewReader("<a>" + text + "</a>"))
		d.Strict = false
		var got string
		if err := d.Decode(&got); err != nil && !strings.Contains(err.Error(), "unescaped") {
			t.Errorf("%q becomes %q: %v", s, whole, err)
		}
	})
}

// FuzzXMLTokens holds the lenient reader to the strict one: what is XML is read as the same, and what is read as whole
// has all its elements closed, by their own end tags.
func FuzzXMLTokens(f *testing.F) {
	for _, s := range []string{
		"<a><b c='d'>e</b><!-- f --><g/></a>", "<a>&amp;&#65;<![CDATA[x]]></a>", "<a><b></a>", "<a>lab&office</a>", "<a></a><b>", "<a:b></a:b>", "<a></b>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		strict, strictErr := tokens(xml.NewDecoder(strings.NewReader(s)))
		lenient, err := tokens(newXMLTokens(strings.NewReader(s), 1000))
		if strictErr == nil && strings.Contains(strict, "+") && err != nil && !strings.Contains(s, "<!") && !strings.Contains(err.Error(), "outside of the root") &&
			!strings.Contains(err.Error(), "more follows") {
			t.Errorf("%q is XML, and: %v", s, err)
		}
		if strictErr == nil && err == nil && strict != lenient {
			t.Errorf("%q is read as\n%s and\n%s", s, strict, lenient)
		}
		if err == nil && strings.Count(lenient, "+") != strings.Count(lenient, "-") {
			t.Errorf("%q is read as %s", s, lenient)
		}
	})
}

// tokens lists the elements of a document.
func tokens(r xml.TokenReader) (string, error) {
	var b strings.Builder
	for {
		t, err := r.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			fmt.Fprintf(&b, "+%x", t.Name.Local)
		case xml.EndElement:
			fmt.Fprintf(&b, "-%x", t.Name.Local)
		case xml.CharData:
			fmt.Fprintf(&b, "=%x", string(t))
		}
	}
}
