package sanitize

import "strings"

// domesticSuffixes end names that exist at home, or that a home gets from a vendor or a dynamic DNS.
var domesticSuffixes = strings.Fields(`lan local localdomain localnet home homenet homelab internal intranet corp private fritz lab home.arpa fritz.box duckdns.org synology.me myds.me diskstation.me dscloud.me
	quickconnect.to myfritz.net dyndns.org ddns.net no-ip.org hopto.org zapto.org sytes.net mooo.com dynu.net dynv6.net spdns.de selfhost.eu ddnss.de dedyn.io nsupdate.info my-router.de
	myqnapcloud.com plex.direct tplinkdns.com asuscomm.com sn.mynetname.net ts.net nip.io sslip.io ngrok.io ngrok-free.app trycloudflare.com ui.direct nabu.casa`)

// publicEndings end names of hosts in running text; other top-level domains are words or ends of file names too.
var publicEndings = list(`com net org edu gov eu de at ch nl fr uk pl it es pt se dk fi cz hu ro ie us ca au nz jp cn br ru ua io family cloud online xyz biz tech site website network house club host solutions berlin wien london`)

func wellKnown(host string) bool {
	host = strings.ToLower(host)
	for {
		if knownSites[host] {
			return true
		}
		_, rest, ok := strings.Cut(host, ".")
		if !ok {
			return false
		}
		host = rest
	}
}

var knownSites = list(`github.com githubusercontent.com gitlab.com codeberg.org sourceforge.net go.dev golang.org gopkg.in google.com googlesource.com uber.org yaml.in grpc.io librenms.org paessler.com prtg.com net-snmp.org
	synology.com westerndigital.com wd.com hpe.com hp.com arubanetworks.com ruckuswireless.com ruckusnetworks.com commscope.com proxmox.com opnsense.org pfsense.org debian.org ubuntu.com kernel.org redhat.com archlinux.org
	alpinelinux.org freebsd.org python.org pypi.org npmjs.com nodejs.org rust-lang.org docs.rs jekyllrb.com gohugo.io docker.com docker.io ghcr.io kubernetes.io k8s.io prometheus.io grafana.com influxdata.com redis.io sqlite.org
	postgresql.org mariadb.org nginx.org apache.org letsencrypt.org cloudflare.com wikipedia.org stackoverflow.com stackexchange.com serverfault.com superuser.com reddit.com youtube.com twitter.com medium.com microsoft.com
	apple.com intel.com raspberrypi.com cisco.com ui.com mikrotik.com netgear.com tp-link.com qnap.com truenas.com home-assistant.io mqtt.org mosquitto.org ietf.org rfc-editor.org iana.org ieee.org w3.org json.org yaml.org
	opentelemetry.io cloudevents.io nagios.org zabbix.com icinga.com checkmk.com ntfy.sh ansible.com terraform.io hashicorp.com tiangolo.com ntp.org openwrt.org wireguard.com tailscale.com zerotier.com readthedocs.io gnu.org
	mozilla.org openssl.org openssh.com curl.se systemd.io freedesktop.org semver.org keepachangelog.com claude.ai anthropic.com openai.com smartmontools.org backblaze.com servethehome.com cve.org mitre.org nist.gov owasp.org`)
