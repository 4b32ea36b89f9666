package leakcheck

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unknown returns what the third net alone finds.
func unknown(found []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return f.Kind != Unknown })
}

// TestOwnPostsAreKnown reads what the product writes: the posts, templates and documentation of this repository.
func TestOwnPostsAreKnown(t *testing.T) {
	c := New(nil)
	root := filepath.Join("..", "..")
	var own []string
	for _, folder := range []string{"blogsink", "docs/examples", "internal/chart"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d os.DirEntry, err error) error {
			if ext := filepath.Ext(path); err == nil && (ext == ".tmpl" || ext == ".svg" || strings.HasSuffix(path, ".golden.md") || ext == ".md" && folder == "docs/examples") {
				own = append(own, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range own {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range unknown(c.CheckPost(file, b, nil)) {
			if f.Offset >= 0 || strings.Contains(file, "_posts") { // only posts are published by their names
				t.Errorf("%s: %+v: %q", file, f, b[max(f.Offset, 0):max(f.Offset, 0)+f.Length])
			}
		}
	}
	// Documentation is full of names of files and of code: one false alarm in two hundred words is few for that.
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(docs) == 0 {
		t.Fatal("no documentation", err)
	}
	alarms, count := 0, 0
	for _, file := range docs {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		alarms += len(unknown(c.CheckPost(file, b, nil)))
		count += len(strings.Fields(string(b)))
	}
	t.Logf("documentation: %d false alarms in %d words", alarms, count)
	if alarms*200 > count {
		t.Errorf("%d false alarms in %d words of documentation", alarms, count)
	}
}

func TestKnownForms(t *testing.T) {
	c := New(nil)
	for text := range strings.Lines(`nas-1, hypervisor-12, nas-1.example.net, person-2@example.net, example-wifi-2 and user-3
192.0.2.7, 198.51.100.0/24, 203.0.113.9:161, 2001:db8::7, [2001:db8::1]:22, 00:00:5e:00:53:af, 10.2.0.192.in-addr.arpa
127.0.0.1:8600, ::1, 255.255.255.0, 10.0.0.0/8
https://docs.librenms.org/API/Devices/#get_device and github.com/hashicorp/go-plugin@v1.8.0, http://nas-1.example.net:8080/status
v1.2.3, 24.2.1, 6.1.0-28, 1.2.3-rc1, 2.0.1+deb12u1, librenms-24.11, nginx/1.22.1
2026-03-07, 12:03, 12:03:45.678, 2026-03-07T12:03:00.123456Z, 2026-03-07T12:03:00+01:00, 20260307, 1h30m, 2m30s, 45s
12.5ms, 10GB, 41.5, 3:2:1, 16:9, 1/3, 10Gbit/s, 2.5GbE, 230.4V, 100%, 48-port, 30-minute, 1500-byte
1.3.6.1.2.1.1.5.0, .1.3.6.1.4.1.6574.2.1.1.5.0, SNMPv2-MIB::sysUpTime.0, ifHCInOctets, entPhysicalName.1
/etc/quorate/quorate.hcl, /var/lib/quorate, ~/quorate/quorate.hcl, docker-compose.yml, main.go, time.Now, and/or, TCP/IP, e.g. this
vmbr0, eth0.100, ens18, GigabitEthernet1/0/48, sha256 6a84ba707345, commit 9f86d08, #1a2b3c, #1a2b3c4d
{% post_url 2026-02-14-homelab-milestone-1-two-monitors %} 2026-02-14-rocky-start.md
01J9ZQ4W6T3E8K2M5N7P0R1S2V, milestone-2, part-1, IPv6, SNMPv2c, x86_64, 802.11ax, WPA2-PSK
`) {
		for _, f := range c.CheckPost("post.md", []byte(text), nil) {
			t.Errorf("%v: %q", f, text[max(f.Offset, 0):max(f.Offset, 0)+f.Length])
		}
	}
}

// TestUnknownForms plants tokens drawn at random, which no registry and no detector need know.
func TestUnknownForms(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 3))
	c := New(nil)
	word := func() string {
		b := make([]byte, 6+r.IntN(5))
		for i := range b {
			b[i] = "bcdfghjklmnpqrstvwxz"[r.IntN(20)]
		}
		return string(b)
	}
	forms := []func() string{
		func() string { return word() + "-" + fmt.Sprintf("%02d", r.IntN(100)) },
		func() string { return word() + fmt.Sprint(100+r.IntN(900)) },
		func() string { return word() + ".cfg" },
		func() string { return "/var/log/" + word() + "/today.log" },
		func() string { return word() + ":8443" },
		func() string { return word() + "@pve" },
		func() string { return "http://" + word() + "/status" },
		func() string { return "https://github.com@" + word() + "/status" },
		func() string { return fmt.Sprint(1_000_000_000 + r.IntN(1_000_000_000)) },
		func() string { return fmt.Sprintf("%08x", 1<<28|1<<31|r.Uint32()>>4|0xa) },
		func() string { return word() + "." + word() },
		func() string { return "2026-03-07-" + word() + "7x9" },
		func() string { return strings.ToUpper(word()) + "2" + strings.ToUpper(word()) },
		func() string {
			return fmt.Sprintf("%d.%d.%d.%d", 11+r.IntN(80), 1+r.IntN(200), r.IntN(256), r.IntN(256))
		},
		func() string { return "sys/" + word() + "/x" },
		func() string { return "tel:" + fmt.Sprint(r.Uint32()) + "99" },
	}
	missed := map[int]int{}
	const rounds = 200
	for range rounds {
		for i, form := range forms {
			for _, frame := range []string{"On Monday %s was slow.", "| a | %s | b |", "see `%s`", `"%s",`, "[text](%s)", "<!-- %s -->", `<svg><text x="1">%s</text></svg>`} {
				token := form()
				text := strings.Replace(frame, "%s", token, 1)
				if len(c.CheckPost("post.md", []byte(text), nil)) == 0 {
					if missed[i]++; missed[i] == 1 {
						t.Logf("seed %d: %q got through in %q", seed, token, frame)
					}
				}
			}
		}
	}
	for i, n := range missed {
		// Chance makes a plain number of some hex now and then.
		if n*50 > rounds*7 {
			t.Errorf("seed %d: form %d got through %d times of %d", seed, i, n, rounds*7)
		}
	}
}

func TestAllowedTokens(t *testing.T) {
	c := New(Registry{"hostnames": {"colibri"}})
	text := []byte("model J9775A, revision YA.16.11.0014, host colibri-77")
	if found := c.CheckPost("p.md", text, nil); len(found) != 3 || found[2].Kind != "hostname" {
		t.Errorf("found %v", found)
	}
	found := c.CheckPost("p.md", text, []string{"J9775A", "YA.16.11.0014", "colibri-77"})
	if len(found) != 1 || found[0].Kind != "hostname" {
		t.Errorf("found %v: what a person allows counts for the third net alone", found)
	}
	if found := c.CheckPost("2026-03-07-zq88x1-down.md", []byte("text"), nil); len(found) != 1 || found[0].Offset != -1 || found[0].Kind != Unknown {
		t.Errorf("found %v in the name", found)
	}
}

func TestDrawings(t *testing.T) {
	c := New(nil)
	for text, want := range map[string]int{
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720.5 300" role="img" aria-labelledby="t d"><title id="t">Timeline</title><path d="M12.5,30H40.25V9.75L1.5-2.25Z" stroke="#1a2b3c" stroke-width="1.5"/><text x="10.5" y="2.25" font-family="system-ui, sans-serif">12:03</text></svg>`: 0,
		`<svg><desc>seen by zqkolibri.cfg</desc></svg>`:        1,
		`<svg><!-- drawn on qwzx99871 --></svg>`:               1,
		`<svg><metadata>qwzx99871</metadata></svg>`:            1,
		`<svg><image href="data:text/plain,qwzx99871"/></svg>`: 1,
		`<svg><path d="M1.5.5" id="zqkolibri.cfg"/></svg>`:     1,
	} {
		if found := c.CheckPost("timeline.svg", []byte(text), nil); len(found) != want {
			t.Errorf("found %v in %s, want %d", found, text, want)
		}
	}
	if found := c.CheckPost("x.png", []byte("\x89PNG\r\n\x1a\nqwzx99871.cfg"), nil); len(unknown(found)) != 0 {
		t.Errorf("found %v in pixels", found)
	}
}
