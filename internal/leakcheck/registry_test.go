package leakcheck

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/leaktext"
)

// home is what a made-up agent knows; the values are put together when the test runs.
func home() Registry {
	reg := Registry{}
	for kind, values := range map[string][]string{
		"ipv4": {"{v4}", "{ten}"}, "ipv6": {"{ula}"}, "mac": {"{mac}"}, "hostnames": {"colibri", "nas-cellar", "pve1"}, "fqdn": {"nas-cellar.{dom}"},
		"domains": {"{dom}", "weberhome.family"}, "communities": {"weber-ro", "marigold"}, "tokens": {"{hex32}", "3825" + "947160"}, "passwords": {"{pw}", "crocus"},
		"usernames": {"kweber", "anna"}, "serials": {"{serial}"}, "ssids": {"WeberNet", "kingfisher"}, "locations": {"attic rack", "Poznań", "rack 1"}, "words": {"Weber"},
		"emails": {"anna@posteo.example"}, "paths": {"/srv/annas-blog"},
	} {
		for _, v := range values {
			reg[kind] = append(reg[kind], leaktext.Fill(v))
		}
	}
	return reg
}

func TestRegistryFindsEverySpelling(t *testing.T) {
	c := New(home())
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, text := range []string{
		"colibri went down", "COLIBRI", "Colibri's fan", "colibris", "coli\u00adbri", "c\u043elibri", "ｃｏｌｉｂｒｉ", "c-o-l-i-b-r-i", "c o l i b r i", "c.o.l.i.b.r.i", "c o l i b r i 0", "x c o l i b r i y", "0 A A c-o-l-i-b-r-i A",
		"col&#105;bri", "col%69bri", "col%2569bri", `col\u0069bri`, "co**li**bri", "co<b>li</b>bri", "co<!-- -->libri", "coli\nbri", "coli-\nbri", "coli  \n> bri",
		hex.EncodeToString([]byte("colibri")), b64("colibri"), b64("x colibri"), b64("xx colibri xx"), b64("xxx colibri"), b64("xcolibrix"), b64("yycolibri"), b64("yycolibri")[:7] + "\n" + b64("yycolibri")[7:], "63 6f 6c 69 62 72 69 in octets", b64(hex.EncodeToString([]byte("a colibri"))) + " twice is enough for nobody: colibri",
		"colibri2", "metric_colibri_cpu", "/var/log/colibri/x", "isColibriUp", "colibri.svg", "pve1_cpu_load", "pve1-2026-01-01.tar.gz",
		"nas_cellar", "NASCELLAR", "nas cellar", "nas.cellar", "nas-cellar.{dom}", "NAS-CELLAR.{dom}", "x.{dom}", "the weber household", "weberhome",
		"{v4}", "<!-- 192[.]" + "168[.]5[.]7 -->", "{dash}", "{pad}", "{oct}", "{hex}", "c0a80507", "3232" + "236807", "{net}.1287", "192." + "11011335", "{rev}.in-addr.arpa", "192 " + "168 5 7", "192, " + "168, 5, 7",
		"{ula}", "FD00:1234:5678:0000:0000:0000:0000:0005", "fd00" + "1234567800000000000000000005",
		"{mac}", "{macbare}", "{macdot}", "{machp}", "{macdash}", "{macblank}", "{ll}", "{macoid}", "the half 3a:6c:92 alone",
		"polled with marigold", "WEBER-RO", "weber-ro", "tried {pw} first", "it was crocus all along", "{hex32}", "7D3E5AC1" + "7D3E5AC17D3E5AC17D3E5AC1", "begins with 7d3e5ac1" + "7d...", "number 3825" + "947160 in it",
		"kweber", "anna approved", "czc1234" + "abc", "webernet", "kingfisher", "the attic rack", "attic-rack", "weather in Poznan", "weather in Poznań", "poznan\u0301", "anna@posteo.example", "/srv/annas-blog/x",
	} {
		text = leaktext.Fill(text)
		if len(c.Check("post.md", []byte(text))) == 0 {
			t.Errorf("nothing found in %q", text)
		}
	}
}

// TestEscapeThatIsNone: a backslash before x or u stands between two folders as well.
func TestEscapeThatIsNone(t *testing.T) {
	known, alone := New(Registry{"usernames": {"xaden", "ubecaro"}}), New(nil)
	for text, c := range map[string]*Checker{
		`C:\Users\xaden\Desktop`: known, `| C:\Users\ubecaro\x |`: known, `LAB\xaden logged in`: known, `a\n\xaden`: known,
		`open C:\Users\xadenwright\notes.txt`: alone,
	} {
		if got := c.Check("post.md", []byte(text)); len(got) != 1 {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, text := range []string{`caf\u00e9 and \x41\x42`, `it is "\u201cfine\u201d"`, "a &lt;b&gt; and 100%25"} {
		if got := known.Check("post.md", []byte(text)); len(got) != 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestRegistryLeavesOtherWordsAlone(t *testing.T) {
	c := New(home())
	for _, text := range []string{
		"The cellar was dry.", "A switch in the cellar needs a new fan.", "The NAS is fine.", "hummus and birdseed", "the token expired", "integer 3232" + "236806 rows",
		"colden libri", "colibrian birds", "pve10 and pve2", "annals and savannas", "marigolds are many, marigolded is no word"[28:], "webers"[5:], "a rack 1 unit high", "nas-1", "10.13 and 7.4",
		"10.20.30 is a version", "the attic and the rack",
	} {
		if found := c.Check("post.md", []byte(text)); len(found) > 0 {
			t.Errorf("false alarm %v in %q", found, text)
		}
	}
}

// TestRegistryPassesOverWhatNamesNothing loads values that every home has, and documentation values.
func TestRegistryPassesOverWhatNamesNothing(t *testing.T) {
	reg := Registry{
		"hostnames": {"switch", "nas", "pve", "nas-1", "---", "#", "a", "the", "timeline", "nas-1.example.net", "localhost"}, "ipv4": {"192.0.2.10", "127.0.0.1", "0.0.0.0", "255.255.255.0"},
		"ipv6": {"2001:db8::1", "::1"}, "mac": {"00:00:5e:00:53:01", "ff:ff:ff:ff:ff:ff"}, "domains": {"example.net"}, "communities": {"public", "private"}, "passwords": {"", "admin", "${X}"},
		"locations": {"rack 1", "basement", "Server room 2"}, "usernames": {"root", "quorate"}, "serials": {"1234"}, "words": {"PVE"},
	}
	text := `The switch and the NAS nas-1 (192.0.2.10, 2001:db8::1, 00:00:5e:00:53:01) on pve in the basement, rack 1: root, quorate and admin use the public community.
--- # a timeline of 1234 events at nas-1.example.net, localhost, 127.0.0.1`
	if found := New(reg).Check("post.md", []byte(text)); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

func TestFindingsSayWhere(t *testing.T) {
	text := "colibri and 192.0.2.1 and kweber, col&#105;bri"
	found := New(home()).Check("p.md", []byte(text))
	want := []Finding{{"p.md", 0, 7, "hostname"}, {"p.md", 26, 6, "username"}, {"p.md", 34, 12, "hostname"}}
	if fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

func TestLoadRegistry(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	reg, err := LoadRegistry(write("good.json", `{"note": "a text", "hostnames": ["colibri"], "ipv4": []}`))
	if err != nil || len(reg["hostnames"]) != 1 || len(reg["note"]) != 0 {
		t.Errorf("got %v, %v", reg, err)
	}
	for name, text := range map[string]string{"no.json": "", "list.json": `["colibri"]`, "number.json": `{"hostnames": [1]}`, "cut.json": `{"hostnames": ["colibri`} {
		if _, err := LoadRegistry(write(name, text)); err == nil || strings.Contains(err.Error(), "colibri") {
			t.Errorf("%s: got %v, want an error without a value", name, err)
		}
	}
	if _, err := LoadRegistry(filepath.Join(dir, "missing.json")); err == nil {
		t.Error("a missing registry is no error")
	}
}

// TestRandomHomes draws inventories and spellings at random and looks for what gets through.
func TestRandomHomes(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	letters := "bcdfghjklmnpqrstvwxz"
	for range 60 {
		reg := Registry{}
		var values []string
		add := func(kind, v string) { reg[kind] = append(reg[kind], v); values = append(values, v) }
		for range 20 {
			var b strings.Builder
			for range 5 + r.IntN(8) {
				b.WriteByte(letters[r.IntN(len(letters))])
			}
			add([]string{"hostnames", "passwords", "usernames", "ssids", "serials", "communities"}[r.IntN(6)], b.String())
			add("ipv4", fmt.Sprintf("10.%d.%d.%d", 1+r.IntN(254), r.IntN(256), 1+r.IntN(254)))
			add("mac", fmt.Sprintf("a4:%02x:%02x:%02x:%02x:%02x", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256)))
		}
		c := New(reg)
		for _, v := range values {
			text := "On Monday " + disguise(r, v) + " was down."
			if len(c.Check("p.md", []byte(text))) == 0 {
				t.Fatalf("seed %d: %q got through as %q", seed, v, text)
			}
		}
	}
}

func disguise(r *rand.Rand, v string) string {
	isName := !strings.ContainsAny(v, ".:")
	switch r.IntN(8) {
	case 0:
		return strings.ToUpper(v)
	case 1:
		return strings.Join(strings.Split(v, ""), "\u200b")
	case 2:
		return hex.EncodeToString([]byte(v))
	case 3:
		return base64.StdEncoding.EncodeToString([]byte("a " + v))
	case 4:
		var b strings.Builder
		for i := range len(v) {
			fmt.Fprintf(&b, "&#x%x;", v[i])
		}
		return b.String()
	case 5:
		if isName {
			return strings.Join(strings.Split(v, ""), "-")
		}
		return "`" + v + "`"
	case 6:
		var b strings.Builder
		for i := range len(v) {
			fmt.Fprintf(&b, "%%%02X", v[i])
		}
		return b.String()
	}
	return "x_" + v + "_y"
}

func TestImages(t *testing.T) {
	chunk := func(kind, body string) string {
		return string([]byte{0, 0, 0, byte(len(body))}) + kind + body + "\x00\x00\x00\x00"
	}
	png := func(chunks ...string) []byte {
		return []byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", strings.Repeat("\x00", 13)) + strings.Join(chunks, "") + chunk("IEND", ""))
	}
	jpeg := func(marker byte, body string) []byte {
		return append([]byte{0xff, 0xd8, 0xff, marker, 0, byte(len(body) + 2)}, append([]byte(body), 0xff, 0xda, 0, 2)...)
	}
	c := New(home())
	for _, tt := range []struct {
		name  string
		bytes []byte
		want  int
	}{
		{"a plain PNG", png(chunk("IDAT", "colibri in pixels is chance")), 0},
		{"a PNG with a title", png(chunk("tEXt", "Title\x00colibri")), 1},
		{"a PNG with Exif", png(chunk("eXIf", "anything")), 1},
		{"a cut PNG", png(chunk("tEXt", "Title\x00fine"))[:40], 1},
		{"a plain JPEG", jpeg(0xe0, "JFIF"), 0},
		{"a JPEG with Exif", jpeg(0xe1, "Exif"), 1},
		{"a JPEG with a comment", jpeg(0xfe, "by anna"), 1},
		{"a cut JPEG", jpeg(0xe0, "JFIF")[:7], 1},
	} {
		if found := c.Check("x", tt.bytes); len(found) != tt.want {
			t.Errorf("%s: found %v, want %d", tt.name, found, tt.want)
		}
	}
}

// FuzzCheck looks for panics and for findings outside of the text.
func FuzzCheck(f *testing.F) {
	for _, tt := range leaktext.Secrets() {
		f.Add([]byte(tt.Text))
	}
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\xff"))
	f.Add([]byte("&#0;%00%ff\\u000\xff\xfe1.2.3.4.5.6.7.8.9.999999999999"))
	c := New(home())
	f.Fuzz(func(t *testing.T, b []byte) {
		last := 0
		for _, found := range c.Check("p.md", b) {
			if found.Offset < last || found.Length <= 0 || found.Offset+found.Length > len(b) {
				t.Fatalf("%+v in %d bytes, after %d", found, len(b), last)
			}
			last = found.Offset
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	reg := Registry{}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2500 {
		reg["hostnames"] = append(reg["hostnames"], fmt.Sprintf("zq%x-%d", r.Uint32(), i))
		reg["ipv4"] = append(reg["ipv4"], fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256)))
	}
	c := New(reg)
	post, err := os.ReadFile(filepath.Join("..", "..", "blogsink", "testdata", "notes.golden.md"))
	if err != nil {
		b.Fatal(err)
	}
	post = bytes.Repeat(post, 10)
	b.SetBytes(int64(len(post)))
	from := processor()
	for b.Loop() {
		if found := c.Check("p.md", post); len(found) > 0 {
			b.Fatal(found)
		}
	}
	b.ReportMetric(float64(len(post))*float64(b.N)/1e6/(processor()-from).Seconds(), "MB/cpu-s")
}

// processor is the time that the process has had on processors: on a busy machine the clock says little.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}

func BenchmarkNew(b *testing.B) {
	reg := home()
	for b.Loop() {
		New(reg)
	}
}

// TestNumbersSpellNothing: the digits of a size or a count are the hex of short names now and then.
func TestNumbersSpellNothing(t *testing.T) {
	names := []string{"ap", "pi", "sip", "dash"}
	c := New(Registry{"hostnames": names})
	number := func(name string) string { return hex.EncodeToString([]byte(" " + name + " ")) }
	for _, name := range names {
		text := `{"memory_bytes": ` + number(name) + `}`
		if got, want := len(c.Check("status.json", []byte(text))) > 0, name == "dash"; got != want {
			t.Errorf("%s says %q: found %v, want %v", text, name, got, want)
		}
	}
	for size := 20_000_000; size < 400_000_000; size += 5 * 4096 {
		if found := c.Check("status.json", []byte(fmt.Sprintf(`{"memory_bytes": %d}`, size))); len(found) > 0 {
			t.Fatalf("%d: %v", size, found)
		}
	}
	// Bytes between which a name stands by chance are no text.
	for _, octets := range []string{"\x93ap\x84 xyzw"} {
		if found := c.Check("status.json", []byte(hex.EncodeToString([]byte(octets)))); len(found) > 0 {
			t.Errorf("%q: %v", octets, found)
		}
	}
}
