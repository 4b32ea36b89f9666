package leakcheck

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// privateTLDs are top-level names that exist in homes only.
var privateTLDs = set(`lan local localdomain localnet home homenet homelab internal intranet corp private priv domain workgroup lab
	fritz house dom loc lokal heim heimnetz netz maison casa`)

// dynamicSuffixes belong to dynamic DNS, vendors' clouds and overlay networks: what stands before them names a home.
var dynamicSuffixes = set(`home.arpa fritz.box speedport.ip duckdns.org synology.me myds.me diskstation.me dscloud.me dscloud.biz dscloud.mobi
	quickconnect.to direct.quickconnect.to i234.me myfritz.net dyndns.org dyndns.info dyndns.tv dyndns.ws dyndns-home.com ddns.net ddns.me no-ip.org no-ip.com no-ip.biz
	noip.me hopto.org zapto.org sytes.net serveftp.com servehttp.com gotdns.com homeip.net homelinux.org homelinux.net homeunix.org homedns.org
	is-a-geek.com is-a-geek.org mooo.com chickenkiller.com crabdance.com afraid.org dynu.net dynu.com dynv6.net spdns.de spdns.org selfhost.eu selfhost.de
	selfhost.bz selfhost.co ddnss.de ddnss.org ddns.ms dedyn.io feste-ip.net nsupdate.info my-router.de remotewd.com wd2go.com mycloud.com
	myqnapcloud.com plex.direct tplinkdns.com asuscomm.com asustor.com netgear-ddns.com mynetgear.com dlinkddns.com ddns.mikrotik.net
	sn.mynetname.net ts.net beta.tailscale.net netbird.cloud netbird.selfhosted nip.io sslip.io xip.io ngrok.io ngrok.app ngrok-free.app ngrok.dev trycloudflare.com
	cfargotunnel.com loca.lt localhost.run serveo.net pagekite.me dns.army dns.navy v6.rocks freeddns.org changeip.com 3utilities.com
	bounceme.net redirectme.net myvnc.com myftp.org myftp.biz ui.direct id.ui.direct nabu.casa ui.nabu.casa duckdns.net strangled.net
	dyn.com dyn-ip24.de goip.de homeftp.net homeftp.org webhop.net webhop.org webhop.me`)

func dynamicDNS(name string) bool {
	for name != "" {
		if dynamicSuffixes[name] {
			return true
		}
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return false
		}
		name = rest
	}
	return false
}

// publicHosts are sites of projects, vendors and standards: everybody knows them.
var publicHosts = set(`github.com githubusercontent.com githubassets.com github.io gitlab.com gitlab.io codeberg.org sourceforge.net sr.ht bitbucket.org
	go.dev golang.org gopkg.in google.com googlesource.com googleapis.com gstatic.com uber.org yaml.in grpc.io protobuf.dev threedots.tech
	librenms.org paessler.com prtg.com net-snmp.org oidview.com oid-info.com mibdepot.com circitor.fr synology.com westerndigital.com wd.com
	hpe.com hp.com arubanetworks.com ruckuswireless.com ruckusnetworks.com commscope.com proxmox.com opnsense.org pfsense.org netgate.com
	debian.org ubuntu.com kernel.org redhat.com fedoraproject.org archlinux.org alpinelinux.org freebsd.org openbsd.org netbsd.org opensuse.org nixos.org
	python.org pypi.org npmjs.com nodejs.org rust-lang.org crates.io docs.rs ruby-lang.org rubygems.org jekyllrb.com gohugo.io kramdown.gettalong.org shopify.github.io
	docker.com docker.io ghcr.io quay.io gcr.io kubernetes.io k8s.io cncf.io helm.sh prometheus.io grafana.com grafana.net influxdata.com elastic.co redis.io redis.com
	sqlite.org postgresql.org mariadb.org mariadb.com mysql.com nginx.org nginx.com apache.org letsencrypt.org cloudflare.com haproxy.org traefik.io
	caddyserver.com wikipedia.org wikimedia.org mediawiki.org stackoverflow.com stackexchange.com serverfault.com superuser.com askubuntu.com reddit.com ycombinator.com
	youtube.com youtu.be twitter.com x.com mastodon.social medium.com dev.to linkedin.com discord.com discord.gg slack.com telegram.org matrix.org
	microsoft.com windows.com azure.com apple.com icloud.com amazon.com intel.com amd.com nvidia.com raspberrypi.com raspberrypi.org arduino.cc espressif.com cisco.com
	juniper.net ui.com mikrotik.com netgear.com tp-link.com qnap.com truenas.com ixsystems.com seagate.com samsung.com apc.com se.com
	home-assistant.io esphome.io zigbee2mqtt.io mqtt.org mosquitto.org hivemq.com emqx.io nodered.org shelly.cloud
	ietf.org rfc-editor.org iana.org ieee.org w3.org whatwg.org schema.org json.org json-schema.org yaml.org toml.io opentelemetry.io cloudevents.io openapis.org asyncapi.com spec.commonmark.org commonmark.org
	nagios.org nagios.com zabbix.com icinga.com checkmk.com netdata.cloud uptime.kuma.pet ntfy.sh gotify.net pushover.net n8n.io
	ansible.com terraform.io hashicorp.com vaultproject.io opentofu.org pulumi.com tiangolo.com pydantic.dev
	ntp.org isc.org nlnetlabs.nl powerdns.com pi-hole.net adguard.com openwrt.org dd-wrt.com wireguard.com openvpn.net tailscale.com zerotier.com netbird.io
	snapcraft.io flathub.org launchpad.net readthedocs.io readthedocs.org gnu.org fsf.org mozilla.org chromium.org openssl.org openssh.com curl.se systemd.io freedesktop.org
	keepachangelog.com semver.org conventionalcommits.org creativecommons.org spdx.org opensource.org choosealicense.com shields.io img.shields.io
	claude.ai anthropic.com openai.com modelcontextprotocol.io huggingface.co watermill.io quorate.dev netconan.com presidio.dev smartmontools.org
	backblaze.com servethehome.com speedtest.net have-i-been-pwned.com haveibeenpwned.com cve.org mitre.org nist.gov first.org owasp.org`)

func publicHost(name string) bool {
	name = strings.TrimSuffix(name, ".")
	if dynamicDNS(name) {
		return false
	}
	for name != "" {
		if publicHosts[name] {
			return true
		}
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return false
		}
		name = rest
	}
	return false
}

func publicSuffix(name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(name)
	return suffix == name && !privateTLDs[name]
}

// hostTLDs are top-level domains that are hardly ever anything but one. The others are also words, file name endings
// or members of code ("event.name", "main.py", "time.now") and count only where the context says host.
var hostTLDs = set(`com net org edu gov mil int eu de at ch nl fr uk pl it es pt se dk fi cz hu ro bg hr gr lt lv ee ie us ca au nz jp cn kr br mx ar ru ua tr il za
	io family cloud online xyz biz tech site website systems network networks house homes club fun host hosting digital solutions email
	berlin hamburg koeln wien london paris amsterdam nyc tokyo bayern swiss`)

// fileEndings are top-level domains that are far more often the end of a file's name.
var fileEndings = set(`md py sh rs pl so ps cc zip mov app lua java cab bat map vi ai ml tf mk mo db mp3 am as st js`)

// hostContext reports whether the text before a name says that a name of a host follows.
func hostContext(before string) bool {
	if strings.HasSuffix(before, "://") || strings.HasSuffix(before, "@") || strings.HasSuffix(before, "//") {
		return true
	}
	words := strings.FieldsFunc(before, func(r rune) bool { return r != '-' && noWord(r) })
	if len(words) == 0 {
		return false
	}
	for _, w := range words[max(0, len(words)-2):] {
		switch w {
		case "host", "hostname", "fqdn", "lookup", "resolve", "resolving", "resolved", "certificate", "server", "domain", "dns", "ping", "pinging", "ssh", "curl", "wget",
			"valid", "cname", "ptr", "aaaa", "dyndns", "ddns", "zone", "vhost", "servername", "server-name", "dig", "nslookup", "traceroute", "dial", "tcp", "udp", "san", "cn":
			return true
		}
	}
	return false
}
