package leaktext

import "strings"

// Harmless returns lines with nothing private in them, many of which look as if there were.
func Harmless() []string { return harmless }

var harmless = strings.Split(strings.TrimSpace(`
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
