package leakcheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The project holds no private address and nothing that looks like a live credential: cases name their values in
// braces, and the values are put together here.
var pieces = strings.NewReplacer(
	"{net}", "192."+"168", "{net3}", "192."+"168.5", "{v4}", "192."+"168.5.7", "{v4b}", "192."+"168.5.9", "{ten}", "10."+"13.7.4", "{cgnat}", "100."+"72.18.4", "{public}", "93."+"184.216.34",
	"{dash}", "192-"+"168-5-7", "{rev}", "7.5."+"168.192", "{pad}", "192."+"168.005.007", "{oct}", "0300."+"0250.05.07", "{hex}", "0xC0"+"A80507", "{tenrange}", "10."+"20.30",
	"{mac}", "b4:75:"+"0e:3a:6c:92", "{macdash}", "B4-75-"+"0E-3A-6C-92", "{macdot}", "b475."+"0e3a.6c92", "{machp}", "b4750e"+"-3a6c92", "{macbare}", "b475"+"0e3a6c92", "{macblank}", "B4 75 "+"0E 3A 6C 92",
	"{macshort}", "0:11:"+"32:5a:7:fe", "{macoid}", "180.117."+"14.58.108.146", "{eui}", "b6:75:0e:"+"ff:fe:3a:6c:92",
	"{ula}", "fd00:"+"1234:5678::5", "{gua}", "2a02:"+"810d:abcd::1", "{ll}", "fe80::"+"b675:eff:fe3a:6c92", "{nibble}", "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."+"8.7.6.5.4.3.2.1.0.0.d.f",
	"{dom}", "weber."+"lan", "{dyn}", "weber-home."+"duckdns.org", "{pw}", "Blue-"+"Kettle-92", "{pw2}", "Copper"+"-Mill-31", "{word}", "crocus"+"quad",
	"{hex32}", strings.Repeat("7d3e"+"5ac1", 4), "{b64}", "FpCyhws9cxwWoV4x"+"ELtfJvjJN+zQVRPISllRWgeopVE=", "{gh}", "gh"+"p_"+strings.Repeat("a1B2", 9), "{jwt}", "ey"+"JhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0",
	"{ssh}", "AAAAC3NzaC1l"+"ZDI1NTE5AAAAIH3kQm2Lr9vTz0xYpWcEo8aJ5dNuBf7sGi1RtKh4MqVy", "{uuid}", "4c4c4544-"+"0042-3510-8051-b7c04f4d3232", "{serial}", "CZC12"+"34ABC",
)

// secretCases are texts of every class with something private in them: the text, the kind of the finding, and what
// must be covered.
var secretCases = []struct{ kind, text, secret string }{
	{"ipv4", "ping {v4} (56 bytes)", "{v4}"},
	{"ipv4", "IP{v4}text", "{v4}"},
	{"ipv4", "inet {ten}/24 brd", "{ten}"},
	{"ipv4", "the network {net3}.0/24", "{net3}.0/24"},
	{"ipv4", "hosts in {net3}.x", "{net3}"},
	{"ipv4", "hosts in {tenrange}.*", "{tenrange}"},
	{"ipv4", "the {net3} network", "{net3}"},
	{"ipv4", "peer {cgnat} joined", "{cgnat}"},
	{"ipv4", "it answers at {public}", "{public}"},
	{"ipv4", "short form {net}.1287 works", "{net}.1287"},
	{"ipv4", "padded {pad}", "{pad}"},
	{"ipv4", "octal {oct}", "{oct}"},
	{"ipv4", "hex {hex}", "{hex}"},
	{"ipv4", "DHCP name {dash}", "{dash}"},
	{"ipv4", "reverse {rev}.in-addr.arpa", "{rev}"},
	{"ipv4", "http://192%2E" + "168%2E5%2E7/", "192%2E" + "168%2E5%2E7"},
	{"ipv4", "entity 192&#46;" + "168&#46;5&#46;7", "192&#46;" + "168"},
	{"ipv4", "defanged 192[.]" + "168[.]5[.]7", "192[.]" + "168"},
	{"ipv4", "spoken 192 dot " + "168 dot 5 dot 7", "192 dot " + "168"},
	{"ipv4", "blanks 192 . " + "168 . 5 . 7", "192 . " + "168"},
	{"ipv4", "bold 192.**168**.5.7 in a post", "192.**168**.5.7"},
	{"ipv4", "tags 192.<b>168</b>.5.7", "192.<b>168</b>.5.7"},
	{"ipv4", "full width １９２." + "168.5.7", "168.5.7"},
	{"ipv4", "zero width 192\u200b." + "168.5.7", "168.5.7"},
	{"ipv4", ".1.3.6.1.2.1.4.34.1.3.1.4.{v4}", "{v4}"},
	{"ipv4", "1.3.6.1.2.1.6.13.1.1.{v4}.22.{v4b}.51234", "{v4b}"},
	{"ipv4", "1.0.8802.1.1.2.1.4.2.1.3.0.3.1.1.4.{ten}", "{ten}"},
	{"ipv4", ".1.3.6.1.4.1.99999.1.1.1.2.3.{v4}", "{v4}"},
	{"ipv4", "read udp {v4}:51522->{v4b}:161: refused", "{v4b}"},
	{"ipv4", `{"ip":"{v4}","name":null}`, "{v4}"},
	{"ipv6", "AAAA {gua} for the bridge", "{gua}"},
	{"ipv6", "ssh root@[{ula}]", "{ula}"},
	{"ipv6", "{ll}%eth0 is up", "{ll}%eth0"},
	{"ipv6", "::ffff:{v4} mapped", "{v4}"},
	{"ipv6", "prefix {gua}/64", "{gua}"},
	{"ipv6", "{nibble}.ip6.arpa", "{nibble}"},
	{"ipv6", "1.3.6.1.2.1.4.34.1.3.2.16.253.0.18.52.86.120.0.0.0.0.0.0.0.0.0.5", "253.0.18.52"},
	{"mac", "ARP {mac} REACHABLE", "{mac}"},
	{"mac", "ARP {macdash}", "{macdash}"},
	{"mac", "lladdr {macdot}", "{macdot}"},
	{"mac", "hp {machp}", "{machp}"},
	{"mac", "bare {macbare} in ports_mac", "{macbare}"},
	{"mac", "Hex-STRING: {macblank}", "{macblank}"},
	{"mac", "net-snmp {macshort}", "{macshort}"},
	{"mac", "client-id 01:{mac}", "{mac}"},
	{"mac", "EUI {eui}", "{eui}"},
	{"mac", ".1.3.6.1.2.1.17.4.3.1.2.{macoid} = 24", "{macoid}"},
	{"mac", ".1.3.6.1.2.1.17.7.1.2.2.1.2.100.{macoid}", "{macoid}"},
	{"uuid", "boot {uuid}", "{uuid}"},
	{"fqdn", "nas.{dom} is down", "nas.{dom}"},
	{"fqdn", "_snmp._udp.{dom}", "{dom}"},
	{"fqdn", "printer.lo" + "cal answered", "printer.lo" + "cal"},
	{"fqdn", "box.fritz" + ".box", "box.fritz"},
	{"fqdn", "nas.home" + ".arpa", "nas.home"},
	{"fqdn", "{dyn} updated", "{dyn}"},
	{"fqdn", "x509: certificate is valid for prtg.{dom}, not prtg", "prtg.{dom}"},
	{"fqdn", "lookup influx.weber" + ".dev: no such host", "influx.weber"},
	{"fqdn", "the cloud at files.weber-family" + ".net", "files.weber-family"},
	{"fqdn", "https://cloud.weber" + ".io/login", "cloud.weber"},
	{"email", "mail a.weber@" + "posteo.de", "a.weber@"},
	{"email", "anna%40weber" + ".family", "anna%40weber"},
	{"email", "anna (at) weber" + " (dot) family", "anna (at) weber"},
	{"snmp_community", "snmp_community: {word}", "{word}"},
	{"snmp_community", "rocommunity {word} default", "{word}"},
	{"snmp_community", "rwcommunity6 {word}", "{word}"},
	{"snmp_community", "com2sec local default {word}", "{word}"},
	{"snmp_community", "trap2sink 192.0.2.1 {word}", "{word}"},
	{"snmp_community", `snmp-server community "{word}" manager`, "{word}"},
	{"snmp_community", "snmp-server host 192.0.2.5 community {word}", "{word}"},
	{"snmp_community", `{"community":"{word}","port":161}`, "{word}"},
	{"snmp_community", `communities = ["{word}"]`, "{word}"},
	{"snmp_community", "snmpwalk -v2c -c {word} 192.0.2.1", "{word}"},
	{"snmp_community", "SNMP community string is {word} everywhere", "{word}"},
	{"snmp_community", `createUser mon SHA "{pw}" AES "{pw2}"`, "{pw2}"},
	{"snmp_community", "snmpget -v3 -u mon -A {pw} -X {pw2} 192.0.2.1", "{pw2}"},
	{"snmp_community", "snmpv3 user mon auth sha {pw}", "{pw}"},
	{"snmp_community", `priv_password = "{pw}"`, "{pw}"},
	{"snmp_community", "snmp://{word}@192.0.2.1", "{word}"},
	{"engine_id", "engineID 0x80001f8880" + "e9630000d61ff449", "80001f8880" + "e96"},
	{"password_assignment", "the admin password is {pw}, change it", "{pw}"},
	{"password_assignment", "The password is {word}.", "{word}"},
	{"password_assignment", `"password": "{word}"`, "{word}"},
	{"password_assignment", "db_password: s3" + "cr3t", "s3" + "cr3t"},
	{"password_assignment", "PASSHASH=2714" + "839507", "2714" + "839507"},
	{"password", "sshpass -p {pw} ssh admin@192.0.2.1", "{pw}"},
	{"password", "mysql -u root -p{word} db", "{word}"},
	{"password", "curl -u mon:{pw} https://example.net", "{pw}"},
	{"password_assignment", "wget --password={pw} x", "{pw}"},
	{"password", "redis-cli -a {pw} ping", "{pw}"},
	{"password", "mon:$6$abcdefgh$" + strings.Repeat("aB3", 8), "$6$abcdefgh$"},
	{"password", "{SSHA}" + strings.Repeat("aB3", 8), strings.Repeat("aB3", 8)},
	{"password_assignment", "enable secret 5 $1$mERr$" + "hx5rVt7rPNoS", "hx5rVt7rPNoS"},
	{"password_assignment", `password manager user-name "x" plaintext "{word}"`, "{word}"},
	{"token", "Authorization: Bearer {word}1", "{word}1"},
	{"token", "X-Auth-Token: {hex32}", "{hex32}"},
	{"token", "api_token = \"{hex32}\"", "{hex32}"},
	{"token", "Cookie: session=4f9d" + "8s7f6sd98f; path=/", "8s7f6sd98f"},
	{"token", "PrivateKey = {b64}", "{b64}"},
	{"token", "ssh-ed25519 {ssh} me", "{ssh}"},
	{"token", "a key {gh} in the text", "{gh}"},
	{"token", "{jwt}", "{jwt}"},
	{"token", "split {hex32}\n{hex32}", "{hex32}"},
	{"token", "-----BEGIN OPENSSH " + "PRIVATE KEY-----", "PRIVATE KEY"},
	{"token", "PVEAPIToken=mon@pve!x={uuid}", "{uuid}"},
	{"url_credentials", "redis://:{pw}@cache:6379/0", "{pw}"},
	{"url_credentials", "https://mon:{word}@192.0.2.1/", "{word}"},
	{"url_credentials", `Get "https://prtg/api?x=1&apitoken={word}": EOF`, "{word}"},
	{"url_credentials", "otpauth://totp/x?secret=JBSWY3" + "DPEHPK3PXQ", "DPEHPK3PXQ"},
	{"serial", "Serial Number : {serial}", "{serial}"},
	{"serial", "S/N {serial}", "{serial}"},
	{"serial", "Service Tag: 7XK3" + "QW2", "7XK3" + "QW2"},
	{"serial", `entPhysicalSerialNum.1 = STRING: "{serial}"`, "{serial}"},
	{"serial", "/dev/disk/by-id/ata-WDC_WD40EFRX_WD-{serial}", "{serial}"},
	{"serial", "wwn-0x5000c5" + "00a1b2c3d4", "00a1b2c3d4"},
	{"serial", "IMEI 3539180" + "52107063", "52107063"},
	{"username", "ssh anna@pve1 failed", "anna"},
	{"username", "Accepted publickey for anna from 192.0.2.5 port 22", "anna"},
	{"username", "-rw-r--r--  1 anna staff 220 a.txt", "anna"},
	{"username", "uid=1000(anna) gid=1000(anna)", "(anna)"},
	{"username", "sudo: anna : TTY=pts/0", "anna"},
	{"username", "session opened for user anna by (uid=0)", "anna"},
	{"username", "sysContact.0 = Anna Weber", "Anna Weber"},
	{"username", `syscontact "Anna Weber"`, "Anna Weber"},
	{"username", "user: anna", "anna"},
	{"username", "chown anna:anna file", "anna:"},
	{"ssid", `ESSID:"WeberNet"`, "WeberNet"},
	{"ssid", "hostapd ssid=WeberNet", "WeberNet"},
	{"ssid", "nmcli dev wifi connect WeberNet", "WeberNet"},
	{"ssid", "Wi-Fi network \"WeberNet\"", "WeberNet"},
	{"geolocation", "location: 48.13" + "71,11.5754", "71,11.5754"},
	{"geolocation", "GPS 48°08'13.5\"N " + "11°34'31.4\"E", "11°34'31.4\"E"},
	{"geolocation", "plus code 8FWH" + "4HX8+QR", "4HX8+QR"},
	{"geolocation", "at 221B Baker Street", "221B Baker Street"},
	{"geolocation", "Ulmenstraße 12", "Ulmenstraße 12"},
	{"geolocation", "sysLocation.0 = STRING: Weber house, cellar", "Weber house"},
	{"geolocation", "location: Munich", "Munich"},
	{"geolocation", "geo:48.1371" + ",11.5754", "48.1371"},
	{"phone", "call +49 170 " + "1234567", "1234567"},
	{"path", "panic at /home/anna/go/x.go:88", "/home/anna/go/x.go"},
	{"path", `C:\Users\Anna\Documents\x.csv`, "Anna"},
	{"path", "file:///root/.ssh/id_ed25519", "/root/.ssh/id_ed25519"},
	{"path", "smb://nas01/photos", "nas01/photos"},
	{"path", `\\NAS01\photos\2024`, "NAS01"},
	{"path", "mount -t nfs nas01:/volume1/backup /mnt", "nas01:"},
	{"ipv4", "IP-MIB::ipAdEntIfIndex.{v4} = 3", "{v4}"},
	{"mac", "0x{macbare}", "{macbare}"},
	{"fqdn", "certificate is valid for *.weber" + ".cloud, not x", "weber" + ".cloud"},
	{"snmp_community", "community {word} rejected from 192.0.2.1", "{word}"},
	{"password_assignment", "pw: {word}", "{word}"},
	{"password_assignment", "the PIN 47" + "11 opens it", "47" + "11"},
	{"password_assignment", "WPA2 key: sommer" + "2024", "sommer" + "2024"},
	{"password_assignment", "the passphrase for the AP is sommer" + "2024", "sommer" + "2024"},
	{"password_assignment", "hasło: sommer" + "2024", "sommer" + "2024"},
	{"password_assignment", "login anna / sommer" + "2024", "sommer" + "2024"},
	{"url_credentials", "anna:sommer" + "2024@192.0.2.1", "sommer" + "2024"},
	{"token", "Bearer abc.def" + ".ghi", "abc.def"},
	{"password", "root:$y$j9T$abc" + "$def:19000:", "$y$j9T$abc"},
	{"username", "login as: anna", "anna"},
	{"username", "crontab -u anna -l", "anna"},
	{"ssid", `wlan0: connected to "WeberNet"`, "WeberNet"},
	{"geolocation", `location = "Weber house, attic"`, "Weber house"},
	{"path", "//nas/share on /mnt", "nas/share"},
	{"path", "nas:/export/home", "nas:/export"},
	{"encoded", "MTkyLjE2" + "OC41Ljc= decoded", "MTkyLjE2"},
	{"token", "3139322e3136" + "382e352e37", "3139322e3136"},
}

func TestDetectorsFindEveryClass(t *testing.T) {
	c := New(nil)
	for _, tt := range secretCases {
		text, secret := pieces.Replace(tt.text), pieces.Replace(tt.secret)
		t.Run(tt.kind+" "+tt.text, func(t *testing.T) {
			if !strings.Contains(text, secret) {
				t.Fatal("the case does not hold its secret")
			}
			found := c.Check("post.md", []byte(text))
			if !covered(labelled{Text: text, Secret: secrets{secret}}, found) {
				t.Errorf("found %v: the secret is not covered", found)
			}
			if len(found) > 0 && !slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == tt.kind }) {
				t.Errorf("found %v, want a %s", found, tt.kind)
			}
		})
	}
}

// TestWhereTheTextStands puts each case into the middle of a post, a table, a list, code and a comment.
func TestWhereTheTextStands(t *testing.T) {
	c := New(nil)
	for _, frame := range []string{"---\ntitle: \"%s\"\n---\n\ntext\n", "| a | %s | b |\n", "- %s\n- next\n", "```\n%s\n```\n", "<!-- %s -->\n", "<svg><title>%s</title></svg>", "![%s](x.svg)", "> **Note:** %s\n"} {
		for _, text := range []string{"ping {v4} failed", "nas.{dom} is down", "ARP {mac} seen", "mail a.weber@posteo.de now"} {
			full := fmt.Sprintf(frame, pieces.Replace(text))
			if len(c.Check("post.md", []byte(full))) == 0 {
				t.Errorf("nothing found in %q", frame)
			}
		}
	}
}

var harmlessCases = strings.Split(strings.TrimSpace(`
SNMPv1 and SNMPv2c are spoken
The password is wrong and the token is invalid.
quorate post verify [--registry FILE.json] [--json] FILE...
Use internal/store and device.Event in main.go, see docs/adding/source.md.
PRTG 24.2.94.1424 and PRTG 25.1.104.1946 both answer.
PRTG 18.2.41.1 was used for the recordings
version 10.2.3.4 and v1.2.3.4
Firmware 7.14.2.8 for the access point
foo_1.2.3.4-1+deb12u1 and foo-1.2.3.4.tar.gz
See https://docs.librenms.org/API/ and https://www.paessler.com/manuals/prtg for more.
sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b fixed it
nas-1 was down for 12 minutes; ap-3 stayed up.
The community was helpful, and the community string is required.
location services and serial console
Interface GigabitEthernet1/0/48 flapped 3 times
1.3.6.1.2.1.2.2.1.10.10101
.1.3.6.1.2.1.25.3.3.1.2.196608
1.3.6.1.4.1.6574.2.1.1.5.0 = INTEGER: 1
The subnet mask is 255.255.255.0 and the wildcard 0.0.0.255
private ranges are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16
link-local fe80::/10 and ULA fc00::/7
{"seq": 41, "id": "01J9ZQ4W6T3E8K2M5N7P0R1S2V", "type": "verdict.changed", "at": "2026-01-01T00:02:00Z"}
go get github.com/hashicorp/go-plugin@v1.8.0
token = env("LIBRENMS_TOKEN")
password: ${PRTG_PASSWORD}
community = var.ro_community
password = "<hidden>"
ssh admin@192.0.2.1 and scp root@nas-1.example.net:/tmp/x .
At 03:07:12.55 the switch rebooted; cron 0 3 * * *
SSID broadcast disabled, SSID "example-wifi"
WPA2-PSK and WPA3-SAE
0x00000001 and 0xdeadbeef
E-mail goes to ops@example.net, call +1-555-0123
date: 2026-08-04 12:04:10 +0000
{% raw %}{{ site.title }}{% endraw %}
[Part 1]({% post_url 2026-02-01-lab-part-1-two-monlatform-deployed %})
/var/lib/quorate/quorate.db and /etc/quorate/quorate.hcl
/home/example/lab/quorate.hcl and C:\Program Files\PRTG Network Monitor
std::string s; foo::bar::baz
ratio 16:9, 3:2:1 and 4:3; 1:23:45 elapsed; ff02::fb
It was fine.Then it was not.
app.py, lib.rs, run.sh, main.go, package.json
time.Now() and time.Since are bugs there; os.Open is fine. lab.Home() too
MAC 00:00:5e:00:53:af and 00-00-5E-00-53-01, EUI-64 00:00:5e:ef:10:00:00:01
ff:ff:ff:ff:ff:ff and 01:80:c2:00:00:0e
::ffff:192.0.2.31 and http://[2001:db8::1]:8600/api and 3fff::1
10.2.0.192.in-addr.arpa
fe80::200:5eff:fe00:5301
sudo: root : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls
session opened for user root
the user logged in
100% of polls; 5%20 of
&nbsp;&copy; 2026
switch.on and lamp.off, e.g. the one; i.e. this one
The key point: never trust one monitor. Key: value pairs.
Network key facts: 68 devices on 4 VLANs.
Passwords are read by env() and file() only.
The password for the API is read from a file.
The token is set in the environment.
Set the password to something long.
pass 1 of 3, pass rate 99 %, password policy
The login page answered 200.
login: required, password: optional
log in as an administrator
logged in as root
signed in as a guest
The switch was connected to "port 24".
connected to "core switch" over fibre
location: "rack 1", location = "basement"
Location: Behind the door
//go:embed post.md.tmpl
// Package consensus judges claims.
see //example.com/x
SNMP: community public rejected
community members from everywhere
pin 8 of the header, pin: 8
GPIO pin 17
The user is admin and the account is disabled.
username: optional string
Author: the Quorate authors
API token: see docs/adding/source.md
basic authentication and bearer authentication
Bearer tokens are masked
Key exchange: curve25519-sha256
TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
x86_64-linux-gnu, aarch64-unknown-linux-gnu
github.com/hashicorp/go-plugin v1.8.0 // indirect
sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
d_7f3kq2m9xa went down; event 01J9ZQ4W6T3E8K2M5N7P0R1S2V
build 2024-11-22T02:29:47Z
TestDedupStageNeedsUpdate passes 3 times
ThisIsAVeryLongCamelCaseIdentifierName
SCREAMING_SNAKE_CASE_WITH_MANY_WORDS_2
a-very-long-slug-with-many-words-in-it-2026-03-07
https://docs.librenms.org/API/Devices/#get_device
https://www.paessler.com/manuals/prtg/http_api
https://github.com/librenms/librenms/issues/12345
https://kb.synology.com/en-global/DG/Synology_DiskStation_MIB_Guide/2
https://en.wikipedia.org/wiki/Quorum_(distributed_computing)
1.3.6.1.4.1.6574.101.1.1.2.1 is diskSMARTAttrName
.1.3.6.1.2.1.99.1.1.1.4.1004 entPhySensorValue
SNMPv2-MIB::sysUpTime.0 = Timeticks: (123456789) 14 days, 6:56:07.89
HOST-RESOURCES-MIB::hrStorageUsed.31 = INTEGER: 1234567
IF-MIB::ifHCInOctets.10124 = Counter64: 9876543210123
ENTITY-MIB::entPhysicalName.1 = STRING: "Chassis"
sysDescr: HP J9775A 2530-48G Switch, revision YA.16.11.0014, ROM YA.15.20
Linux 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22) x86_64
nginx/1.22.1, PHP 8.2.26, MariaDB 10.11.6
Python 3.11.2 (main, Nov 30 2024, 21:22:50) [GCC 12.2.0]
00:00:00 to 23:59:59 UTC+01:00
2026-03-07T12:03:00.123456Z
12:03:45.678 10.5% 3.14159 2,71828
temperature 41.5 °C, fan 1200 rpm, 230.4 V, 50.02 Hz
p50 11.4 ms, p95 23.9 ms
±0.5 °C and 90° angle
N = 3, r >= 5/8
E = U + D
1+1, 2+2+2, C+RM
ratio 4:6:8:10:12:14
+1 for the idea, +10 %, +0000
(+49 more)
VLAN 100, 200 and 300; ports 1-24,48
ports 10-20-30
IPv4 and IPv6 only
169 devices, 192 events, 172 polls
10 172 100 numbers
MAC address of the port
SSID and BSSID of the access point
SSIDs are hidden
the serial number of the disk
Serial numbers are never published.
serial number: unknown
S/N ratio of 30 dB
UUIDs are masked
user-agent: quorate/0.1.0
owner: the maintainers of the module
contact us, contact: none
street view, drive bay 5, 2 Court cases
5 Way switch
3 Place settings
Route 66 Drive
In 2 Square metres
/usr/local/bin/quorate, /var/log/quorate.log, /tmp/q.sock, /run/quorate/control.sock
/home/user/quorate and /home/example
~/quorate/quorate.hcl
/mnt/backup and /media/usb
docker run -p 8080:80 --name quorate quorate:latest
ssh -p 2222 admin@nas-1.example.net
mysql -u root -p
curl -u admin: http://192.0.2.1/
--token-file=/run/secrets/token
--password-file PATH
token_ttl = "1h"
password_min_length = 12
secret = env("HUB_SECRET")
api_token* (sensitive)
passhash or password
username with passhash*
psk, key and passphrase are masked
cookie banner; session timeout 30 s
session: 41 minutes
auth: none
key=value
key: "device"
"key": "up"
seed 42
otp is not supported
`), "\n")

func TestHarmlessTextsStay(t *testing.T) {
	c := New(nil)
	for _, text := range harmlessCases {
		if found := c.Check("post.md", []byte(text)); len(found) > 0 {
			t.Errorf("false alarm %v in %q", found, text)
		}
	}
}

func TestFileName(t *testing.T) {
	c := New(Registry{"hostnames": {"colibri"}})
	for name, want := range map[string]int{
		"_posts/2026-03-07-colibri-is-back.md": 1,
		"_posts/2026-03-07-nas-1-is-back.md":   0,
		"/srv/colibri/_posts/2026-03-07-x.md":  0, // only the last part is published
	} {
		found := c.Check(name, []byte("text"))
		if len(found) != want {
			t.Errorf("%s: found %v, want %d", name, found, want)
		}
		for _, f := range found {
			if f.Offset != -1 || f.Kind != "hostname" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}
