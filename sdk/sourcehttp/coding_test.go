package sourcehttp

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func zipped(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompression(t *testing.T) {
	const body = `{"a":"some text that is long enough to be compressed, compressed, compressed"}`
	once := zipped(t, body)
	damagedBody := bytes.Clone(once)
	damagedBody[len(damagedBody)/2] ^= 0xff
	badSum := bytes.Clone(once)
	badSum[len(badSum)-6] ^= 0xff
	for _, tt := range []struct {
		name   string
		coding []string
		status int
		body   []byte
		kind   Kind
		want   string
	}{
		{"none", nil, 200, []byte(body), "", ""},
		{"gzip", []string{"gzip"}, 200, once, "", ""},
		{"gzip by its old name", []string{"X-GZIP"}, 200, once, "", ""},
		{"identity", []string{"identity"}, 200, []byte(body), "", ""},
		{"identity and gzip", []string{"identity, gzip"}, 200, once, "", ""},
		{"two parts", []string{"gzip"}, 200, append(zipped(t, body[:20]), zipped(t, body[20:])...), "", ""},
		{"twice, one line", []string{"gzip, gzip"}, 200, zipped(t, string(once)), KindNotJSON, `compressed as "gzip, gzip" instead of JSON`},
		{"twice, two lines", []string{"gzip", "gzip"}, 200, zipped(t, string(once)), KindNotJSON, `compressed as "gzip, gzip"`},
		{"twice, said once", []string{"gzip"}, 200, zipped(t, string(once)), KindNotJSON, "with gzip inside of gzip"},
		{"not said", nil, 200, once, KindNotJSON, "gzip that is not declared"},
		{"br", []string{"br"}, 200, []byte("\x0b\x02\x80{}\x03"), KindNotJSON, `compressed as "br"`},
		{"a token", []string{canary}, 200, []byte(body), KindNotJSON, `compressed as "(secret)"`},
		{"status first", []string{"br"}, 502, []byte("x"), KindStatus, "502 Bad Gateway"},
		{"status, compressed", []string{"gzip"}, 500, zipped(t, `{"message":"Server Error"}`), KindStatus, `500 Internal Server Error "Server Error"`},
		{"no gzip", []string{"gzip"}, 200, []byte(body), KindBroken, "compression is damaged"},
		{"damaged", []string{"gzip"}, 200, damagedBody, KindBroken, ""},
		{"wrong sum", []string{"gzip"}, 200, badSum, KindBroken, "compression is damaged"},
		{"cut", []string{"gzip"}, 200, once[:len(once)-12], KindBroken, "broke off"},
		{"cut in the head", []string{"gzip"}, 200, once[:4], KindBroken, "broke off"},
		{"nothing", []string{"gzip"}, 200, nil, KindNotJSON, "empty body"},
		{"something behind", []string{"gzip"}, 200, append(bytes.Clone(once), "more of it"...), KindBroken, "compression is damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := server(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Values("Accept-Encoding"); len(got) != 1 || got[0] != "gzip" {
					t.Errorf("asked for %q", got)
				}
				w.Header().Set("Content-Type", "application/json")
				w.Header()["Content-Encoding"] = tt.coding
				w.WriteHeader(tt.status)
				_, _ = w.Write(tt.body)
			})
			got, err := askWith(t, srv.URL, false)
			if tt.kind != "" {
				wantFailure(t, err, tt.kind, tt.want)
			} else if err != nil || got != body {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

// bomb is n bytes of rows in gzip, made once: its parts repeat.
func bomb(t *testing.T, n int) []byte {
	t.Helper()
	rows := strings.Repeat(`{"a":"`+strings.Repeat("x", 1000)+`"},`, 1<<10)
	part := zipped(t, rows)
	return append(zipped(t, `{"rows":[`), bytes.Repeat(part, n/len(rows)+1)...)
}

// TestBombsCostNothing: what a body of a gigabyte costs is bounded by what is held of it, not by its size.
func TestBombsCostNothing(t *testing.T) {
	small := bomb(t, 1<<30)
	if len(small) > 8<<20 {
		t.Fatalf("the bomb is %d bytes", len(small))
	}
	for name, answer := range map[string]http.HandlerFunc{
		"gzip bomb": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(small)
		},
		"gigabyte in one text": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, io.MultiReader(strings.NewReader(`{"rows":["`), io.LimitReader(letters{}, 1<<30)))
		},
		"gigabyte of rows": func(w http.ResponseWriter, r *http.Request) {
			row := []byte(strings.Repeat(`{"a":1},`, 1<<12))
			_, err := io.WriteString(w, `{"rows":[`)
			for i := 0; err == nil && i < 1<<30; i += len(row) {
				_, err = w.Write(row)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := server(t, answer)
			client, err := New(Config{URL: srv.URL}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rows, largest := 0, uint64(0)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a context without a deadline has 30 s
			defer cancel()
			err = client.GetJSON(ctx, "/x", nil, func(d *json.Decoder) error {
				_, _, err := Rows(d, "rows", func(json.RawMessage) error {
					if rows++; rows%10_000 == 0 {
						runtime.ReadMemStats(&after)
						largest = max(largest, after.HeapInuse)
					}
					return nil
				})
				return err
			}, MaxBody(8<<20))
			wantFailure(t, err, KindTooLarge, "")
			if largest > before.HeapInuse+100<<20 {
				t.Errorf("%d MiB in use for an answer of which one row is held", largest>>20)
			}
		})
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestCompressedNothing: compressed blocks without content end at the limit as well.
func TestCompressedNothing(t *testing.T) {
	srv := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, err := w.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255})
		z, zerr := flate.NewWriter(w, flate.NoCompression)
		if zerr != nil {
			t.Error(zerr)
			return
		}
		for err == nil {
			err = z.Flush() // an empty block
		}
	})
	client, err := New(Config{URL: srv.URL}, Options{MaxBody: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = get(t.Context(), client)
	wantFailure(t, err, KindTooLarge, "larger than 1 MiB")
}

// TestManyRows: a list far beyond what is held comes row by row where the call allows it.
func TestManyRows(t *testing.T) {
	const rows = 10_000
	srv := server(t, func(w http.ResponseWriter, r *http.Request) {
		text := strings.Repeat("x", 900)
		_, _ = io.WriteString(w, `{"status":"ok","rows":[`)
		for i := range rows {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			fmt.Fprintf(w, `{"id":%d,"text":%q}`, i, text)
		}
		_, _ = io.WriteString(w, `],"count":3}`)
	})
	client, err := New(Config{URL: srv.URL}, Options{MaxBody: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	read := func(options ...CallOption) (int, error) {
		n := 0
		return n, client.GetJSON(t.Context(), "/x", nil, func(d *json.Decoder) error {
			_, _, err := Rows(d, "rows", func(json.RawMessage) error {
				n++
				return nil
			})
			return err
		}, options...)
	}
	_, err = read()
	wantFailure(t, err, KindTooLarge, "larger than 4 MiB")
	if _, err := read(MaxBody(512 << 20)); err != nil {
		t.Error(err)
	}
}
