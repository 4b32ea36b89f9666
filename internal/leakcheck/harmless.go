package leakcheck

import (
	"net/netip"
	"slices"
	"strings"
)

// What stays: documentation ranges, addresses that every machine has, and the public blocks themselves.

var harmlessRanges = prefixes(
	"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "233.252.0.0/24", // RFC 5737, RFC 6676
	"127.0.0.0/8", "0.0.0.0/32", "224.0.0.0/4", "255.0.0.0/8",
	"2001:db8::/32", "3fff::/20", // RFC 3849, RFC 9637
	"::1/128", "::/128", "ff00::/8", "64:ff9b::/96",
)

// publicBlocks are ranges that textbooks name as a whole.
var publicBlocks = prefixes(
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "0.0.0.0/0", "0.0.0.0/8", "240.0.0.0/4",
	"fe80::/10", "fe80::/64", "fc00::/7", "fd00::/8", "2000::/3", "::/0", "::ffff:0:0/96", "2002::/16", "2001::/32",
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

func harmlessAddr(a netip.Addr) bool {
	a = a.WithZone("")
	if a.Is4In6() {
		a = a.Unmap()
	}
	for _, p := range harmlessRanges {
		if !p.Contains(a) {
			continue
		}
		if a.Is6() && p.Bits() == 96 { // the translation prefix carries an IPv4 address
			b := a.As16()
			return harmlessAddr(netip.AddrFrom4([4]byte(b[12:])))
		}
		return true
	}
	if a.Is4() {
		return mask(a)
	}
	// A link-local address made of a documentation MAC.
	b := a.As16()
	return a.IsLinkLocalUnicast() && b[11] == 0xff && b[12] == 0xfe && harmlessMAC([6]byte{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]})
}

// mask reports netmasks and wildcard masks: a run of ones, then zeros, or the reverse.
func mask(a netip.Addr) bool {
	b := a.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return n&(n+1) == 0 && b[0] == 0 || b[0] >= 128 && ^n&(^n+1) == 0
}

func harmlessPrefix(p netip.Prefix) bool {
	return slices.Contains(publicBlocks, p) || harmlessAddr(p.Addr())
}

func harmlessMAC(m [6]byte) bool {
	switch {
	case m[0] == 0x00 && m[1] == 0x00 && m[2] == 0x5e && (m[3] == 0 && (m[4] == 0x53 || m[4] == 1 || m[4] == 2)): // documentation, VRRP
		return true
	case m[0] == 0x01 && m[1] == 0x00 && m[2] == 0x5e, m[0] == 0x01 && m[1] == 0x80 && m[2] == 0xc2: // multicast, bridges
		return true
	case m[0] == 0x33 && m[1] == 0x33 && m[2] != 0xff:
		return true
	case m == [6]byte{}, m == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, m == [6]byte{0, 1, 2, 3, 4, 5}:
		return true
	}
	return false
}

// harmlessName reports names reserved for documentation and those that every machine has.
func harmlessName(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	switch name {
	case "localhost", "host.docker.internal", "gateway.docker.internal", "metadata.google.internal", "localhost.localdomain",
		"ip6-localhost", "ip6-loopback", "broadcasthost":
		return true
	}
	for _, suffix := range []string{"example.com", "example.net", "example.org", "example.edu", "example", "test", "invalid", "localhost"} {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return true
		}
	}
	return false
}

// roleName reports names made of a role and a number, as the aliases are: they name no device of a home.
func roleName(name string) bool {
	role, number, ok := strings.Cut(name, "-")
	if !ok || number == "" || len(number) > 4 || strings.Trim(number, "0123456789") != "" {
		return false
	}
	return roles[role]
}

var roles = set(`device host router switch firewall gateway ap access-point nas server hypervisor node vm container camera printer
	sensor phone tv appliance ups pdu plug light speaker client laptop desktop workstation bridge monitor source network subnet vlan site
	person user place wifi domain account disk port`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// stopWords are words that stand in any text about monitoring. As the only word of a registry value they name nothing.
var stopWords = set(`admin administrator root user users guest operator manager owner test demo example default local remote public private secret
	password passwd token none null unknown unnamed true false yes not and the for with from monitoring monitor monitors network networks
	nas switch switches router routers gateway firewall server servers host hosts hypervisor node nodes proxmox pve opnsense pfsense synology diskstation
	ruckus unifi librenms prtg snmp quorate zabbix nagios linux windows debian ubuntu android ios camera cam printer sensor phone tablet laptop desktop client
	clients device devices wifi wlan lan wan vlan vpn dns dhcp ntp web www mail smtp ftp ssh http https api app apps home house homelab lab office basement
	attic garage kitchen garden bedroom livingroom bathroom hallway cellar upstairs downstairs rack shelf room floor desk wall closet internal external
	main core edge backup storage media plex jellyfin homeassistant docker kubernetes cloud internet domain localdomain localhost system service services
	daemon status up down degraded warning critical disk disks volume port ports interface eth0 ens18 bridge vmbr0 power ups battery temperature
	light lights heating solar thermostat doorbell vacuum washer dryer fridge oven dishwasher speaker television appletv chromecast tv ap
	git postgres mysql mariadb redis sqlite nginx apache nobody daemon www-data root@pam pi note notes post posts blog series milestone lan-party
	mgmt management switch1 dev prod stage staging iot dmz
	plug hub blog inverter dishwasher doorbell console entrance hall outside inside
	` + postWords)

// postWords are what a post is made of: a device that somebody has called "timeline" or "the" must not keep every post
// from being written.
const postWords = `auto div markdown overflow about above account address addresses after again alarm alarms all alone also another answered any april august because become been before being
	believed below between blind both called came challenge challenges change changed clock come coming content could counts credential credentials
	day days december decided decisions did direct disagreed dispute disputes doubted down draft drafts each eight eleven encountered event events ever every everything
	failed false february few figure figures file first five found four from generated get give go goes good got had has have heard help here hour hours how
	incident incidents index into its january july june just kind known lasted lasting layout learned leave left less lessons let life like lines list listens little lives
	long longest look lost made make many march may mean meant merged merges might milestones minute minutes month months more most much must name named names
	need never new news next nine nobody note nothing november number numbers october off old once one only open opened order other others out outage
	outages own owner part parts path paths people period person phase place places polls previous private problem project published publication quorate raised range ranges
	rack read recorded record records reporting reported reserved right role roles room same saw say says search searched second seconds section seem seen separate september serial
	set seven several sha256 she should sight sign simulated since six small smaller solution solutions some spent stands stay stayed still story string tags
	take taken talk ten text than that their them then there these they thing things this those though three through time timeline times title today together told
	too took truth twelve twice two typically unclear under until upon used very view views want was watched way week weeks well went were what when where which
	while who whom why will within without woken words work world would writes written wrong year years yet you your verdict verdicts vote votes witness witnesses
	monitored monday tuesday wednesday thursday friday saturday sunday happened failures are security fictional check agent knows built access points utc back said contradicted proved sha changes
	happening template summary finished comes documentation inventory sources source sentence ongoing makes sense terms context effort tried done footer url ref last word
	poll settle anew availability away became began case cases configuration copied count crashed cut disputed dropped edited entries entry environment excerpt fast fell fine force gone hang
	hangs held hung hurt judged longer moved noted now older ones over plugin put quiet reach rebuilt renamed retired runs separator settings shared side sides silent single
	soon something split stood stopped takes turned validate watch watches whoever worst
	agreed agreement around does helped measured otherwise spoke answers apart assets bar begins cell class color common compared contradiction contradictions counted dark desc font half height img journal knew
	least length looked middle missed neither often passed picture rect round row scheme share shows size slower start style svg tell whether width worked
	anchor aria family ffffff fill labelledby opacity org paint pattern patternunits prefers relative sans serif stroke userspaceonuse viewbox weight xmlns column
	speak else meanwhile none nor added detected avoided simulated suspect post_url description categories infrastructure series_index date begin end version`

// genericPlace reports places that every home has: "rack 1", "basement", "server room".
func genericPlace(place string) bool {
	words := strings.FieldsFunc(strings.ToLower(place), noWord)
	for _, w := range words {
		if strings.Trim(w, "0123456789") == "" || len(w) == 1 || placeWords[w] {
			continue
		}
		return false
	}
	// One generic word says nothing; two in this order may be how the owner describes the one place.
	return len(words) < 2 || strings.Trim(words[len(words)-1], "0123456789") == "" || placeWords["#"+strings.Join(words, " ")]
}

var placeWords = func() map[string]bool {
	m := set(`rack racks shelf room floor desk wall closet basement attic garage kitchen garden office cellar hallway bedroom bathroom upstairs
	downstairs server network home house lab cabinet unit slot bay row building site location unknown here there ceiling roof
	living living-room livingroom datacenter closet shed loft study hall stairs first second third ground top bottom left right
	the in at on of left`)
	for _, p := range []string{"server room", "living room", "server rack", "network rack", "network closet", "home office", "home lab", "ground floor", "first floor", "second floor"} {
		m["#"+p] = true
	}
	return m
}()
