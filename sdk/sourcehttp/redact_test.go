package sourcehttp

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quorate/quorate/device"
)

// writings are ways in which a server may repeat a secret. Each can be undone, so that a reader would have it.
func writings(s string) map[string]string {
	j, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	hexed := func(pattern string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, pattern, c)
		}
		return b.String()
	}
	basic := func(user string) string { return base64.StdEncoding.EncodeToString([]byte(user + ":" + s + "@")) }
	return map[string]string{
		"plain": s, "upper case": strings.ToUpper(s), "lower case": strings.ToLower(s),
		"query": url.QueryEscape(s), "path": (&url.URL{Path: "/" + s}).String(), "segment": url.PathEscape(s),
		"every byte": hexed("%%%02x"), "every byte, JSON": hexed(`\u00%02x`), "every byte, HTML": hexed("&#%d;"), "every byte, hex HTML": hexed("&#x%X;"),
		"query twice": url.QueryEscape(url.QueryEscape(s)), "html": html.EscapeString(s), "html twice": html.EscapeString(html.EscapeString(s)),
		"json": strings.Trim(string(j), `"`), "slashes": strings.ReplaceAll(s, "/", `\/`), "go": strings.Trim(strconv.Quote(s), `"`),
		"hex": hex.EncodeToString([]byte(s)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(s))),
		"base64": base64.StdEncoding.EncodeToString([]byte(s)), "base64 of an address": base64.URLEncoding.EncodeToString([]byte(s)),
		"basic 1": basic("a"), "basic 2": basic("ab"), "basic 3": basic("abc"),
		"beginning": s[:len(s)*3/4], "end": s[len(s)/4:],
	}
}

// secrets of all kinds that monitors give out, and worse ones.
var secrets = []string{
	"0123456789abcdef0123456789abcdef", "canary+token/9c1f&x={<>}\"'\\%41;", "Zufällig & geheim 2026, lang genug", "1234567890", "p4ss", "  two  blanks  within it  ",
	"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
}

// leaks returns a piece of the secret that the text holds in any of its writings, "" for none.
func leaks(text, secret string) string {
	for name, w := range writings(secret) {
		if strings.HasPrefix(name, "basic") || strings.HasPrefix(name, "base64") {
			w = strings.TrimRight(w, "=")
			if len(secret) < 8 {
				continue
			}
		}
		if (name == "beginning" || name == "end") && len(secret) < 2*piece {
			continue
		}
		if strings.TrimSpace(w) != "" && strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
			return name + " " + w
		}
	}
	return ""
}

// TestNoFailureTells: whatever a server does with the secrets that it was sent, no failure of any kind repeats them, in
// no part and by no verb.
func TestNoFailureTells(t *testing.T) {
	var kinds = map[Kind]int{}
	for _, secret := range secrets[:4] {
		for name, said := range writings(secret) {
			for shape, answer := range tellTales(said) {
				for _, inQuery := range []bool{false, true} {
					if inQuery && !strings.Contains(shape, "redirect") && !strings.Contains(secret, "ä") {
						continue // The same to a client either way.
					}
					for _, f := range provoke(t, secret, inQuery, answer) {
						kinds[f.Kind]++
						shown := fmt.Sprintf("%v %+v %q %s", f, f, f.Error(), errors.Join(f, errors.Unwrap(f)))
						b, err := json.Marshal(f)
						if err != nil {
							t.Fatal(err)
						}
						if f.Redirect != nil {
							shown += f.Redirect.String() + f.Redirect.Path
						}
						for _, text := range []string{shown, string(b), unescaped(shown), unescaped(unescaped(shown))} {
							if piece := leaks(text, secret); piece != "" {
								t.Errorf("%s said by %s: %q holds %s", name, shape, text, piece)
							}
						}
						if text := f.Error(); strings.ContainsAny(text, "\r\n\x00\x1b") || len(text) > 900 || !utf8.ValidString(text) {
							t.Errorf("%s said by %s: %q", name, shape, text)
						}
					}
				}
			}
		}
	}
	for _, kind := range []Kind{KindStatus, KindRedirect, KindNotJSON, KindNotXML, KindBroken, KindTooLarge, KindTransport} {
		if kinds[kind] == 0 {
			t.Errorf("no failure of kind %q was seen", kind)
		}
	}
}

// tellTales are answers that repeat a text where errors might repeat it from.
func tellTales(said string) map[string]http.HandlerFunc {
	header := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, said)
	write := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}
	}
	inJSON, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return map[string]http.HandlerFunc{
		"a status":        write(500, "application/json", `{"message":`+string(inJSON)+`}`),
		"a page":          write(200, "text/html", "<html><title>No "+said+" here</title></html>"),
		"an error":        write(200, "text/xml", "<prtg><error>No "+said+" here</error></prtg>"),
		"a long error":    write(200, "text/html", `<div class="errormsg">`+strings.Repeat("x", 150-len(said)%100)+said),
		"a content type":  write(200, "image/"+header, "{}"),
		"another type":    write(200, "text/"+header, "x"),
		"a redirect":      redirect("https://elsewhere.example.net/" + header + "?errormsg=" + url.QueryEscape(said)),
		"a redirect here": redirect("/error.htm/" + url.PathEscape(said) + "?errormsg=" + url.QueryEscape(said)),
		"a host":          redirect("https://" + header + ".example.net/"),
		"a root":          write(200, "text/xml", "<?xml version=\"1.0\"?><"+strings.ReplaceAll(header, " ", "")+">"),
		"an element":      write(200, "text/xml", "<prtg><a"+said+"></b></prtg>"),
		"behind the end":  write(200, "text/xml", "<prtg></prtg>"+said+"\n"),
		"an encoding":     write(200, "text/xml", `<?xml version="1.0" encoding="`+said+`"?><prtg></prtg>`),
		"a wrong type":    write(200, "application/json", `{"n":`+string(inJSON)+`}`),
		"a wrong number":  write(200, "application/json", `{"n":1234567890.5}`),
		"malformed":       write(200, "application/json", `{"n":`+said),
		"the caller":      write(200, "application/json", `{"s":`+string(inJSON)+`}`),
		"a deep list":     write(200, "application/json", `{"s":`+strings.Repeat("[", 100)+string(inJSON)),
		"a compression": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", header)
			_, _ = w.Write([]byte("x"))
		},
		"no HTTP":           raw(said + "\r\n\r\n"),
		"a status line":     raw("HTTP/1.1 abc " + header + "\r\n\r\n"),
		"a broken header":   raw("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n"),
		"a broken length":   raw("HTTP/1.1 200 OK\r\nContent-Length: " + header + "\r\n\r\n"),
		"a broken coding":   raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + header + "\r\n\r\n"),
		"a broken chunk":    raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + header + "\r\n{}\r\n"),
		"an early redirect": raw("HTTP/1.1 302 Found\r\nLocation: //[" + header + "\r\n\r\n"),
	}
}

// raw answers with bytes that need not be HTTP.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte(answer))
		_ = conn.Close()
	}
}

// provoke makes calls of both formats, and returns their failures.
func provoke(t *testing.T, secret string, inQuery bool, answer http.HandlerFunc) []*Failure {
	t.Helper()
	c := Config{URL: "http://monitor.example.net", Header: map[string]device.Secret{"X-Auth-Token": device.Secret(secret)}}
	if inQuery {
		c.Header, c.Query = nil, map[string]device.Secret{"apitoken": device.Secret(secret)}
	}
	client, err := New(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.http.DialContext = inMemory(answer)
	var all []*Failure
	for _, err := range []error{
		client.GetJSON(t.Context(), "/api", nil, func(d *json.Decoder) error {
			var v struct {
				N int    `json:"n"`
				S string `json:"s"`
			}
			if err := d.Decode(&v); err != nil {
				return err
			}
			if v.S != "" {
				return fmt.Errorf("the answer says %s", v.S)
			}
			return nil
		}),
		client.GetXML(t.Context(), "/api", nil, []string{"prtg"}, func(d *xml.Decoder, root xml.StartElement) error {
			var v struct {
				N int `xml:"n"`
			}
			return d.DecodeElement(&v, &root)
		}),
	} {
		if f, ok := errors.AsType[*Failure](err); ok {
			all = append(all, f)
		} else if err != nil && leaks(err.Error(), secret) != "" {
			t.Errorf("%q holds %s", err, leaks(err.Error(), secret))
		}
	}
	return all
}

// inMemory serves each connection by answer, without a network.
func inMemory(answer http.HandlerFunc) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		l := &oneConn{conn: make(chan net.Conn, 1)}
		l.conn <- theirs
		srv := &http.Server{Handler: answer, ErrorLog: quiet()} //nolint:gosec // it serves one connection in memory.
		go func() { _ = srv.Serve(l) }()
		return ours, nil
	}
}

// oneConn is a listener of one connection.
type oneConn struct{ conn chan net.Conn }

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	default:
		return nil, net.ErrClosed
	}
}
func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{} }

// FuzzQuote holds that no quoted text has a secret in it, however it is written and whatever stands around it.
func FuzzQuote(f *testing.F) {
	for _, s := range secrets {
		for _, w := range writings(s) {
			f.Add(s, "before "+w+" after")
		}
	}
	f.Fuzz(func(t *testing.T, secret, text string) {
		r := newRedactor(map[string]device.Secret{"x": device.Secret(secret)})
		got := r.quote(text)
		plain, err := strconv.Unquote(got)
		if got != "" && err != nil || utf8.RuneCountInString(plain) > maxQuote {
			t.Fatalf("%q", got)
		}
		if len(secret) < minSecret {
			if got != "" && secret != "" {
				t.Errorf("with a secret as short as %q: %s", secret, got)
			}
			return
		}
		if strings.Contains(hidden, strings.ToLower(secret)) {
			return
		}
		if strings.Contains(strings.ToLower(plain), strings.ToLower(secret)) || strings.Contains(strings.ToLower(unescaped(plain)), strings.ToLower(secret)) {
			t.Errorf("%q holds %q", plain, secret)
		}
	})
}

// TestRepeat: what a server said is repeated where the client's owner lets it, in every kind of failure.
func TestRepeat(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = w.Write([]byte(`{"message":"  an \n SQL statement"}`))
		},
		"page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`<title>an SQL statement</title>`))
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "//elsewhere.example.net/?errormsg=an+SQL+statement", http.StatusFound)
		},
	} {
		srv := server(t, answer)
		for _, may := range []bool{true, false} {
			client, err := New(Config{URL: srv.URL}, Options{Repeat: func(said string) bool { return may && said == "an SQL statement" }})
			if err != nil {
				t.Fatal(err)
			}
			_, err = get(t.Context(), client)
			f, ok := errors.AsType[*Failure](err)
			if !ok || (f.Message != "") != may || !may && strings.Contains(err.Error(), "SQL") {
				t.Errorf("%s, %t: %v", name, may, err)
			}
			client.Close()
		}
	}
}
