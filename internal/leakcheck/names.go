package leakcheck

import (
	"bytes"
	"strings"
)

func nameByte(b byte) bool { return isAlnum(b) || b == '.' || b == '-' || b == '_' }

// names finds names of hosts with at least one dot.
func (c *scanner) names() {
	for i := 0; i < len(c.s); {
		if !nameByte(c.s[i]) {
			i++
			continue
		}
		end := c.run(i, nameByte)
		if bytes.IndexByte(c.s[i:end], '.') >= 0 {
			c.judgeName(i, end)
		}
		i = end
	}
}

func (c *scanner) judgeName(start, end int) {
	for start < end && (c.s[start] == '.' || c.s[start] == '-') {
		start++
	}
	for end > start && (c.s[end-1] == '.' || c.s[end-1] == '-' || c.s[end-1] == '_') {
		end--
	}
	name := string(c.s[start:end])
	labels := strings.Split(name, ".")
	if len(labels) < 2 || len(name) > 253 || harmlessName(name) || strings.HasSuffix(name, ".arpa") && !strings.HasSuffix(name, "home.arpa") {
		return
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return
		}
	}
	tld := labels[len(labels)-1]
	if strings.Trim(tld, "abcdefghijklmnopqrstuvwxyz") != "" && !strings.HasPrefix(tld, "xn--") || len(tld) < 2 {
		return
	}
	if numbers(labels[:len(labels)-1]) && !dynamicDNS(name) { // a version with a word behind, or an address judged elsewhere
		return
	}
	switch {
	case dynamicDNS(name):
		if dynamicSuffixes[name] {
			return
		}
	case privateTLDs[tld]:
		if c.codeLike(start, end) {
			return
		}
	case publicHost(name):
		return
	case !c.hostLike(labels, start, end):
		return
	}
	c.add("fqdn", start, end)
}

func numbers(labels []string) bool {
	for _, l := range labels {
		if strings.Trim(l, "0123456789x") != "" {
			return false
		}
	}
	return true
}

// codeLike reports members of code: "lab.Home", "strings.Builder", "x.local(".
func (c *scanner) codeLike(start, end int) bool {
	cased := string(c.v.cased[start:end])
	labels := strings.Split(cased, ".")
	last := labels[len(labels)-1]
	if last[0] >= 'A' && last[0] <= 'Z' && last != strings.ToUpper(last) {
		return true
	}
	for _, l := range labels[1:] {
		if l != strings.ToUpper(l) && l != strings.ToLower(l) {
			return true
		}
	}
	return c.at(end) == '('
}

// hostLike decides about names under public top-level domains.
func (c *scanner) hostLike(labels []string, start, end int) bool {
	name, tld := strings.Join(labels, "."), labels[len(labels)-1]
	if publicSuffix(name) || c.codeLike(start, end) || strings.Contains(labels[len(labels)-2], "_") {
		return false
	}
	if !isTLD(tld) {
		return false
	}
	before := c.before(start, 40)
	if hostContext(before) || c.at(end) == ':' && isDigit(c.at(end+1)) {
		return !fileEndings[tld] || strings.HasSuffix(before, "://") || strings.HasSuffix(before, "@")
	}
	if strings.HasSuffix(before, "/") { // inside a path
		return false
	}
	if hostTLDs[tld] {
		return true
	}
	return !fileEndings[tld] && len(labels) > 2 && strings.ContainsAny(strings.Join(labels[:len(labels)-1], ""), "-0123456789")
}

// mails finds e-mail addresses and user@host.
func (c *scanner) mails() {
	for at := 0; ; {
		n := bytes.IndexByte(c.s[at:], '@')
		if n < 0 {
			return
		}
		i := at + n
		at = i + 1
		start := i
		for start > 0 && (nameByte(c.s[start-1]) || c.s[start-1] == '+' || c.s[start-1] == '%') {
			start--
		}
		end := c.run(i+1, nameByte)
		for end > i+1 && (c.s[end-1] == '.' || c.s[end-1] == '-' || c.s[end-1] == '_') {
			end--
		}
		for start < i && (c.s[start] == '.' || c.s[start] == '-') {
			start++
		}
		if start == i || end == i+1 {
			continue
		}
		c.judgeMail(start, i, end)
	}
}

var genericUsers = set(`root admin administrator user users username guest git nobody www-data daemon librenms prtg quorate pi ubuntu debian postgres mysql redis sshd
	example operator test default demo me you someone name login owner system service backup ops info support security noreply no-reply
	postmaster webmaster abuse hostmaster contact bugs hello mail press sales help python node go npm snmp proxmox pve opnsense synology
	nagios zabbix prometheus grafana docker systemd-network systemd-resolve messagebus ntp chrony nginx apache http getty tty serial-getty
	anonymous ftp invalid unknown lp sys bin sync man news uucp proxy list irc gnats tape video audio disk adm staff sudo wheel`)

func (c *scanner) judgeMail(start, at, end int) {
	local, domain := string(c.s[start:at]), string(c.s[at+1:end])
	if isDigit(domain[0]) && !strings.ContainsAny(domain, "abcdefghijklmnopqrstuvwxyz") || len(domain) > 1 && domain[0] == 'v' && isDigit(domain[1]) {
		return // a version of a module; an address is judged elsewhere
	}
	if harmlessName(domain) {
		return
	}
	dot := strings.LastIndexByte(domain, '.')
	if dot < 0 {
		if c.at(start-1) == '/' || c.at(start-1) == '@' || c.at(end) == '/' || genericUsers[local] || roleName(local) || c.at(end) == ':' && isHex(c.at(end+1)) && end+20 < len(c.s) {
			return
		}
		if domain == "latest" || domain == "main" || domain == "master" || domain == "next" || len(local) < 2 {
			return
		}
		c.add("username", start, end)
		return
	}
	tld := domain[dot+1:]
	if strings.Trim(tld, "abcdefghijklmnopqrstuvwxyz") != "" || len(tld) < 2 || tld == "service" || tld == "timer" || tld == "socket" || tld == "mount" {
		return
	}
	if publicHost(domain) && genericUsers[local] {
		return
	}
	c.add("email", start, end)
}
