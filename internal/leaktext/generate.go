package leaktext

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Generate returns n cases of each kind, with values drawn at random in contexts drawn at random: what monitoring tools
// print, configurations, headers, command lines, logs and prose.
func Generate(r *rand.Rand, n int) []Case {
	g := generator{r}
	var out []Case
	for _, k := range []struct {
		kind     string
		value    func() string
		contexts []string
	}{
		{"ipv4", g.ipv4, append(addressContexts, "%s/24 dev eth0", "%s,198.51.100.7", "192.0.2.1-%s", "IP-MIB::ipAdEntAddr.%s", "http://%s:8080/x?y=1", "[%s]", "1.3.6.1.2.1.4.22.1.2.3.%s")},
		{"ipv6", g.ipv6, append(addressContexts, "http://[%s]:8080/", "inet6 %s/64 scope global", "%s%%eth0 is up")},
		{"mac", g.mac, []string{"ARP entry %s is stale", "lladdr %s REACHABLE", `"mac": "%s"`, "dhcpd: DHCPACK to %s via eth0", "| nas-1 | %s |", "wlan0: associated with %s", "MAC address %s", "`%s`", "port 7 learned %s\nport 8 none"}},
		{"fqdn", g.fqdn, []string{"ping %s failed", "https://%s/login", `host = "%s"`, "server_name %s;", "lookup %s: no such host", "certificate is valid for %s", "user@%s", "%s:8443 answered", "| %s | up |", "see %s."}},
		{"email", g.email, []string{"mail %s now", "contact: %s", "<%s>", `"email": "%s"`, "From: %s", "mailto:%s", "[write](mailto:%s)"}},
		{"url_credentials", g.pair, []string{"https://%s@192.0.2.1/", "snmp+tcp://%s@nas-1.example.net:161", "amqp://%s@192.0.2.9:5672/x", `url = "https://%s@nas-1.example.net/api"`, "curl https://%s@nas-1.example.net/x failed"}},
		{"snmp_community", g.community, []string{"rocommunity %s default", "rwcommunity %s 192.0.2.0/24", `snmp-server community "%s" operator`, "snmp-server community %s RO", "snmpwalk -v2c -c %s 192.0.2.1", `{"community": "%s", "version": "v2c"}`, `community = "%s"`, "community: %s", "snmp_community=%s", "com2sec readonly default %s", "trap2sink 192.0.2.7 %s", "snmp-server host 192.0.2.5 community %s", "the community string is %s", "snmpget -v 1 -c %s 192.0.2.3 sysName.0"}},
		{"password", g.password, []string{"password = \"%s\"", "password: %s", `"password": "%s"`, "passwd=%s", "DB_PASSWORD=%s", "--password %s", "--password=%s", "the password is %s", "sshpass -p %s ssh admin@192.0.2.1", "curl -u monitor:%s https://nas-1.example.net/", "secret = \"%s\"", `"passphrase":"%s"`, "wpa_passphrase=%s", "mysql -u root -p%s quorate", "enable secret 0 %s", "redis-cli -a %s ping", "http://nas-1.example.net/?password=%s&x=1", "client_secret: %s"}},
		{"token", g.token, []string{"X-Auth-Token: %s", "Authorization: Bearer %s", `token = "%s"`, "api_key=%s", `"apikey": "%s"`, "https://nas-1.example.net/api?apitoken=%s&x=1", "a token %s in the text", "Cookie: session=%s; path=/", "export TOKEN=%s", "key: %s", "passhash=%s", "`%s`"}},
		{"jwt", g.jwt, []string{"Authorization: Bearer %s", "%s", `{"access_token":"%s"}`, "https://nas-1.example.net/?jwt=%s"}},
		{"serial", g.serial, []string{"Serial Number: %s", "serial=%s", `"serial": "%s"`, "S/N %s", "Service Tag: %s", "entPhysicalSerialNum.1 = STRING: \"%s\"", "serialNumber: \"%s\""}},
		{"username", g.person, []string{"Accepted password for %s from 192.0.2.5 port 22 ssh2", "session opened for user %s(uid=1000)", "drwxr-xr-x 2 %s users 4096 Mar  7 12:03 x", "sudo: %s : TTY=pts/0 ; PWD=/", "username = \"%s\"", "/home/%s/quorate.hcl", "ssh %s@pve", "user: %s", "uid=1000(%s) gid=100(users)", "chown %s:users x"}},
		{"ssid", g.ssid, []string{"ssid=%s", `ESSID:"%s"`, `"ssid": "%s"`, "nmcli dev wifi connect %s", `SSID "%s" is up`}},
		{"geolocation", g.place, []string{"at %s", "lat/lon %s", "geo %s here", "location %s"}},
	} {
		for range n {
			value := k.value()
			text := strings.Replace(k.contexts[r.IntN(len(k.contexts))], "%s", value, 1)
			out = append(out, Case{k.kind, strings.ReplaceAll(text, "%%", "%"), value})
		}
	}
	return out
}

var addressContexts = []string{
	"ping %s failed", "host %s is up", `"ip": "%s"`, "address = \"%s\"", "read udp 127.0.0.1:5000->%s: refused", "| nas-1 | %s | up |", "reached at %s.", "(%s)", "`%s`", "nas-1 = %s", "from %s, to 192.0.2.1",
	"%s and 192.0.2.1", "dial tcp %s: i/o timeout", "<td>%s</td>",
}

type generator struct{ r *rand.Rand }

func (g generator) one(list string) string {
	words := strings.Fields(list)
	return words[g.r.IntN(len(words))]
}

func (g generator) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.r.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	digits = "0123456789"
	small  = "abcdefghijklmnopqrstuvwxyz"
	large  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hexes  = "0123456789abcdef"
)

// word is one that no language has: nobody's stop list knows it.
func (g generator) word() string {
	var b strings.Builder
	for range 2 + g.r.IntN(3) {
		b.WriteString(g.one("ba ce di fo gu ka le mi no pu ra se ti vo zu bra cle dri flo gru ska ple smi sno tra wel xan yor zim"))
	}
	return b.String() + g.one("x k n rt mb sk lf")
}

func (g generator) ipv4() string {
	a, b := 192, 168
	switch g.r.IntN(5) {
	case 0:
		a, b = 10, g.r.IntN(256)
	case 1:
		a, b = 172, 16+g.r.IntN(16)
	case 2:
		a, b = 100, 64+g.r.IntN(64)
	case 3:
		a, b = 80+g.r.IntN(10), g.r.IntN(256)
	}
	return fmt.Sprintf("%d.%d.%d.%d", a, b, g.r.IntN(256), 1+g.r.IntN(254))
}

func (g generator) ipv6() string {
	head := g.one("fd fd fe80: 2a02: 2a01:") // ULA, link-local, global
	if head == "fd" {
		head = fmt.Sprintf("fd%02x:", g.r.IntN(256))
	}
	if g.r.IntN(2) == 0 {
		return fmt.Sprintf("%s:%x:%x", head, 1+g.r.IntN(65535), 1+g.r.IntN(65535))
	}
	return fmt.Sprintf("%s%x:%x:%x:%x:%x:%x:%x", head, 1+g.r.IntN(65535), g.r.IntN(65536), g.r.IntN(65536), g.r.IntN(65536), g.r.IntN(65536), g.r.IntN(65536), g.r.IntN(65536))
}

func (g generator) mac() string {
	o := make([]byte, 6)
	for i := range o {
		o[i] = byte(g.r.IntN(256))
	}
	o[0], o[1], o[4] = o[0]&^1|0x40, o[1]|0x0a, 0xc0|o[4]
	h := fmt.Sprintf("%x", o)
	switch g.r.IntN(5) {
	case 0:
		return fmt.Sprintf("%02X-%02X-%02X-%02X-%02X-%02X", o[0], o[1], o[2], o[3], o[4], o[5])
	case 1:
		return h[:4] + "." + h[4:8] + "." + h[8:]
	case 2:
		return h[:6] + "-" + h[6:]
	}
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4], o[5])
}

func (g generator) fqdn() string {
	return g.one("nas prtg pve1 cam-2 printer ha "+g.word()) + "." + g.word() + "." + g.one("lan local home.arpa fritz.box localdomain internal duckdns.org net de org cloud ts.net synology.me io")
}

func (g generator) email() string {
	return g.person() + g.one(". _ -") + g.word() + "@" + g.word() + "." + g.one("net de com org family")
}

func (g generator) pair() string { return g.person() + ":" + g.password() }

func (g generator) community() string {
	switch g.r.IntN(3) {
	case 0:
		return g.word()
	case 1:
		return g.word() + "-" + g.one("ro rw read mon")
	}
	return strings.ToUpper(g.word()[:1]) + g.word() + g.from(digits, 2)
}

func (g generator) password() string {
	switch g.r.IntN(3) {
	case 0:
		return g.word() + g.from(digits, 2+g.r.IntN(3))
	case 1:
		w, v := g.word(), g.word()
		return strings.ToUpper(w[:1]) + w[1:] + "-" + strings.ToUpper(v[:1]) + v[1:] + "-" + g.from(digits, 2)
	}
	return g.from(small, 3) + g.from(large, 3) + g.from(digits, 3) + g.from("!#*+=", 1) + g.from(small, 2)
}

func (g generator) token() string {
	switch g.r.IntN(3) {
	case 0:
		return g.from(hexes, 32)
	case 1:
		return g.from(small+large+digits, 40)
	}
	return g.from(small+large+digits, 11) + "-" + g.from(small+large+digits, 24)
}

func (g generator) jwt() string {
	b := func(n int) string { return g.from(small+large+digits, n) }
	return "ey" + "J" + b(20) + ".ey" + "J" + b(30) + "." + b(43)
}

func (g generator) serial() string {
	return g.from(large, 2) + g.from(digits, 2) + g.from(large+digits, 5) + g.from(digits, 2)
}

// person is a name that could be a first one.
func (g generator) person() string { return g.word() }

func (g generator) ssid() string {
	w := g.word()
	return strings.ToUpper(w[:1]) + w[1:] + g.one("Net Home WLAN Wifi") + g.from(digits, 1)
}

func (g generator) place() string {
	return fmt.Sprintf("%d.%s, %d.%s", 40+g.r.IntN(15), g.from("123456789", 5), 5+g.r.IntN(20), g.from("123456789", 5))
}

// Plain returns n lines with nothing private in them, drawn at random.
func Plain(r *rand.Rand, n int) []string {
	g := generator{r}
	num := func(limit int) string { return fmt.Sprint(1 + g.r.IntN(limit)) }
	role := func() string { return g.one("nas switch ap router firewall hypervisor printer camera") + "-" + num(20) }
	doc := func() string { return g.one("192.0.2. 198.51.100. 203.0.113.") + num(254) }
	out := make([]string, n)
	forms := []func() string{
		func() string {
			return fmt.Sprintf("%s went down at %02d:%02d and was back after %s minutes.", role(), g.r.IntN(24), g.r.IntN(60), num(90))
		},
		func() string { return fmt.Sprintf("| %s | %s | %s %% |", role(), doc(), num(100)) },
		func() string {
			return fmt.Sprintf("ping %s (%s.example.net) took %s.%s ms", doc(), role(), num(90), num(9))
		},
		func() string {
			return fmt.Sprintf("MAC 00:00:5e:00:53:%02x on port %s of %s", g.r.IntN(256), num(48), role())
		},
		func() string {
			return fmt.Sprintf("LibreNMS %s.%s.%s and PRTG %s.%s.%s.%s answered.", num(30), num(12), num(9), num(30), num(4), num(99), num(1999))
		},
		func() string {
			return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ verdict.changed seq=%s", 1+g.r.IntN(12), 1+g.r.IntN(28), g.r.IntN(24), g.r.IntN(60), g.r.IntN(60), num(9999))
		},
		func() string { return fmt.Sprintf(`community = env("SNMP_COMMUNITY_%s")`, num(9)) },
		func() string { return fmt.Sprintf("password = var.%s_password", g.one("prtg librenms hub nas")) },
		func() string {
			return fmt.Sprintf("1.3.6.1.2.1.2.2.1.%s.%s = Counter32: %s", num(22), num(60), num(999999))
		},
		func() string {
			return fmt.Sprintf("2001:db8::%x and 2001:db8:%x::1 are documentation", 1+g.r.IntN(65535), 1+g.r.IntN(65535))
		},
		func() string {
			return fmt.Sprintf("%s devices, %s verdicts, ratio %s:%s, %s.%s MB/s", num(200), num(99), num(20), num(20), num(99), num(9))
		},
		func() string {
			return fmt.Sprintf("VLAN %s on ports %s-%s, %s Gbit/s", num(4000), num(9), num(48), num(10))
		},
		func() string {
			return fmt.Sprintf("see https://docs.librenms.org/%s/ and https://github.com/librenms/librenms/issues/%s", g.one("API Support General Alerting"), num(17000))
		},
		func() string {
			return fmt.Sprintf("cron %s %s * * 1-5; timeout %ss; retry %s of %s", num(59), num(23), num(60), num(5), num(9))
		},
		func() string {
			return fmt.Sprintf("commit %s fixed it; sha256 %s", g.from(hexes, 8), g.from(hexes, 64))
		},
		func() string {
			return fmt.Sprintf("The %s was %s, and the %s is %s.", g.one("password token key community"), g.one("wrong expired rotated invalid"), g.one("secret certificate login"), g.one("required missing optional"))
		},
		func() string {
			return fmt.Sprintf("the monitors disagreed about %s for %s minutes; %s of %s polls failed", role(), num(30), num(9), num(99))
		},
		func() string {
			return fmt.Sprintf("kernel 6.%s.%s-%s-amd64, nginx/1.%s.%s, firmware v%s.%s.%s", num(12), num(90), num(40), num(27), num(9), num(9), num(9), num(9))
		},
		func() string {
			return fmt.Sprintf("mail ops@example.net, user person-%s@example.org, host %s.example.com", num(9), role())
		},
		func() string {
			return fmt.Sprintf("%s °C, %s rpm, %s.%s V, -%s dBm, %s%%", num(80), num(4000), num(230), num(9), num(90), num(100))
		},
		func() string {
			return fmt.Sprintf("/var/lib/quorate/quorate.db has %s pages; /etc/quorate/quorate.hcl line %s", num(9999), num(300))
		},
		func() string {
			return fmt.Sprintf("event 01J9ZQ4W6T3E8K2M5N7P0R1S%s of device %s", g.from("ABCDEFGH", 2), role())
		},
		func() string {
			return fmt.Sprintf("GigabitEthernet%s/0/%s flapped %s times in %sh%sm", num(4), num(48), num(9), num(23), num(59))
		},
	}
	for i := range out {
		out[i] = forms[g.r.IntN(len(forms))]()
	}
	return out
}
