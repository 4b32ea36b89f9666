package sanitize

import (
	"math"
	"regexp"
	"strings"
	"unicode"
)

func stand(v string) bool {
	low := strings.ToLower(strings.Trim(v, `"'`))
	if low == "" || strings.ContainsAny(low[:1], "<[(") || strings.HasPrefix(low, "${") || strings.HasPrefix(low, "{{") || strings.HasPrefix(low, "{%") || strings.Trim(low, "*x.-_") == "" {
		return true
	}
	if low[0] == '$' && (len(low) < 2 || low[1] < '0' || low[1] > '9') && strings.Count(low, "$") < 3 { // else a password's hash
		return true
	}
	for _, p := range []string{"env(", "file(", "var.", "local.", "os.getenv", "your-", "your_", "example", "redacted", "changeme", "secret("} {
		if strings.HasPrefix(low, p) {
			return true
		}
	}
	switch low {
	case "null", "nil", "none", "true", "false", "env", "file", "var", "string", "required", "optional", "sensitive", "hidden", "masked", "removed", "password", "secret", "token", "community",
		"placeholder", "value", "text", "int", "bool", "basic", "bearer", "empty", "unset", "default", "unknown", "yes", "no", "on", "off":
		return true
	}
	return reservedName(low) || rolePattern.MatchString(low)
}

var rolePattern = regexp.MustCompile(`^(?:[a-z]+|access-point)-\d{1,4}$`)

func real(v, before string) bool {
	if strings.HasPrefix(v, "/") && strings.HasSuffix(strings.ToLower(before), "pwd=") { // a shell's folder
		return false
	}
	return !stand(v) && v != "-"
}

// unusual values are no words of a sentence.
func unusual(v, before string) bool {
	if !real(v, before) || len(v) < 4 {
		return false
	}
	digits, letters, capitals, signs := 0, 0, 0, 0
	for i, r := range v {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsUpper(r) && i > 0:
			capitals++
			letters++
		case unicode.IsLetter(r):
			letters++
		default:
			signs++
		}
	}
	if numberOrVersion.MatchString(v) {
		return digits >= 8 && signs == 0
	}
	if digits > 0 && letters > 0 {
		return true
	}
	if strings.Trim(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == "" && signs > 0 {
		return !hyphenated[strings.ToLower(v)]
	}
	return capitals > 0 && letters > capitals+1 || strings.ContainsAny(v, "!#$%^*+=~")
}

var numberOrVersion = regexp.MustCompile(`^v?[\d.]+$`)

var hyphenated = list(`read-only read-write write-only one-time long-lived short-lived built-in well-known two-factor self-signed clear-text plain-text per-device per-user end-to-end
	pre-shared log-in sign-in case-sensitive up-to-date hard-coded base64-encoded url-encoded token-based time-based so-called look-up left-over`)

func list(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// saidWord takes a plain word after "the password is", unless it says how the password is.
func saidWord(v, before string) bool {
	low := strings.ToLower(v)
	if unusual(v, before) {
		return true
	}
	if !real(v, before) || len(low) < 4 || adjectives[low] || hyphenated[low] {
		return false
	}
	for _, end := range []string{"ed", "ing", "able", "ible", "ly"} {
		if strings.HasSuffix(low, end) {
			return false
		}
	}
	return strings.Trim(low, "abcdefghijklmnopqrstuvwxyz") == ""
}

var adjectives = list(`wrong right correct incorrect valid invalid missing empty blank weak strong short long longer shorter good bad known unknown public private secret safe unsafe mandatory same
	different gone lost there here ready always never only also just still that this these those what where when which then than like more most less least enough identical unique
	common plain clear reset sent kept held read written shown given taken forgotten chosen broken stolen mine fresh stale fine okay part used about above below case from with without
	over under into onto both either neither because denied your their something anything nothing everything someone everyone nobody environment word words phrase value values field
	key keys file files simple complex random static dynamic easy hard made found left obsolete absent present global local passphrase notes post blog string strings`)

func reservedName(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || host == "host.docker.internal" {
		return true
	}
	for _, s := range []string{"example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"} {
		if host == s || strings.HasSuffix(host, "."+s) {
			return true
		}
	}
	return false
}

func privateMail(v, _ string) bool {
	at := strings.LastIndexAny(v, "@")
	if at < 0 {
		return true
	}
	host, user := v[at+1:], strings.ToLower(v[:at])
	if reservedName(host) || len(host) > 1 && (host[0] == 'v' || host[0] == 'V') && unicode.IsDigit(rune(host[1])) || unicode.IsDigit(rune(host[len(host)-1])) {
		return false
	}
	for _, unit := range []string{".service", ".timer", ".socket", ".mount"} {
		if strings.HasSuffix(host, unit) {
			return false
		}
	}
	return !serviceNames[user] || !wellKnown(host)
}

var serviceNames = list(`root admin administrator user users username guest git nobody www-data daemon librenms prtg quorate pi ubuntu debian postgres mysql redis sshd example operator test default you me
	login owner system service support security info contact noreply postmaster webmaster abuse bugs sales help press getty tty docker nagios zabbix grafana prometheus proxmox opnsense synology snmp
	monitor monitoring backup ops anonymous ftp invalid staff wheel sudo adm the a an is was be in on at to of for from with name string agent group input data id ids permissions access management interface
	accounts experience groups logins sessions and or not no all any each every lead nobody`)

func account(v, _ string) bool {
	user, host, _ := strings.Cut(strings.ToLower(v), "@")
	if len(host) > 1 && host[0] == 'v' && unicode.IsDigit(rune(host[1])) { // a module's version
		return false
	}
	return !serviceNames[user] && host != "latest" && host != "main" && host != "master" && len(user) > 1
}

func privateHost(v, before string) bool {
	low := strings.ToLower(v)
	if reservedName(low) || strings.HasSuffix(low, ".arpa") && !strings.HasSuffix(low, "home.arpa") {
		return false
	}
	for _, s := range domesticSuffixes {
		if strings.HasSuffix(low, "."+s) {
			last := v[strings.LastIndexByte(v, '.')+1:]
			return unicode.IsLower(rune(last[0])) || last == strings.ToUpper(last) // "lab.Home" is code
		}
	}
	if wellKnown(low) {
		return false
	}
	labels := strings.Split(v, ".")
	for _, l := range labels[1:] {
		if l != strings.ToLower(l) && l != strings.ToUpper(l) {
			return false
		}
	}
	if strings.Trim(strings.Join(labels[:len(labels)-1], ""), "0123456789") == "" { // a number with a word behind
		return false
	}
	if publicEndings[strings.ToLower(labels[len(labels)-1])] {
		return !strings.HasSuffix(before, "/") || strings.HasSuffix(before, "//")
	}
	return strings.HasSuffix(before, "://") || hostWord.MatchString(strings.ToLower(before[max(0, len(before)-20):]))
}

var hostWord = regexp.MustCompile(`\b(?:lookup|resolve|hostname|certificate|nslookup|dig|ping)\s+$`)

// drawn reports words drawn at random.
func drawn(v, before string) bool {
	low := strings.ToLower(before[max(0, len(before)-24):])
	if digest.MatchString(low) || strings.Contains(low, "sha256") {
		return false
	}
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune("_-=\n >", r) }) {
		if len(part) < 16 || len(part) == 26 && strings.HasPrefix(part, "01") && part == strings.ToUpper(part) {
			continue
		}
		changes, digits, letters := 0, 0, 0
		var count [128]float64
		for i, r := range part {
			if r > 127 {
				return false
			}
			count[r]++
			if unicode.IsDigit(r) {
				digits++
			} else {
				letters++
			}
			if i > 0 {
				a, b := rune(part[i-1]), r
				if unicode.IsDigit(a) != unicode.IsDigit(b) || unicode.IsUpper(a) != unicode.IsUpper(b) {
					changes++
				}
			}
		}
		bits := 0.0
		for _, n := range count {
			if n > 0 {
				bits -= n / float64(len(part)) * math.Log2(n/float64(len(part)))
			}
		}
		if digits > 1 && letters > 1 && changes*5 >= len(part) && bits > 2.8 {
			return true
		}
	}
	return strings.HasPrefix(v, "eyJ")
}

func named(v, _ string) bool {
	return !stand(v) && !adjectives[strings.ToLower(v)] && strings.ToLower(v) != "broadcast" && len(v) > 1
}

func numberPlate(v, _ string) bool {
	return len(v) >= 5 && strings.ContainsAny(v, "0123456789") && !numberOrVersion.MatchString(v) && !stand(v) || len(onlyDigits(v)) == len(v) && len(v) >= 8
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func person(v, _ string) bool {
	low := strings.ToLower(strings.TrimSpace(v))
	first, _, _ := strings.Cut(low, " ")
	if at := strings.LastIndexByte(low, '@'); at >= 0 && reservedName(low[at+1:]) {
		return false
	}
	return !stand(v) && !serviceNames[first] && !plainNames[low] && !adjectives[low] && len(low) > 1 && strings.Trim(low, "0123456789.,-") != ""
}

// actor is a person who does something: no pronoun, and no verb in front of another one.
func actor(v, before string) bool {
	low := strings.ToLower(v)
	return person(v, before) && !actors[low] && !strings.HasSuffix(low, "ed") && !strings.HasSuffix(low, "ing") && len(low) > 2
}

var actors = list(`he she they who i we you has had have been being got nobody someone somebody everyone one once never always already still just automatically only person people owner owners what which that this it`)

func titled(v string) bool {
	if len(v) > 60 || strings.Contains(v, "://") {
		return false
	}
	for w := range strings.FieldsSeq(v) {
		if r := rune(w[0]); r < 128 && !unicode.IsUpper(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return unicode.IsUpper(rune(v[0]))
}

func owner(v, _ string) bool {
	low := strings.ToLower(v)
	for _, harmless := range []string{"example", "/user", "quorate", "public", "default", "/git", "/pi"} {
		if strings.HasSuffix(low, harmless) || strings.Contains(low, "://"+harmless) {
			return false
		}
	}
	if host, _, ok := strings.Cut(low, ":/"); ok && !strings.HasPrefix(low[len(host):], "://") {
		return !stand(host[strings.LastIndexByte(host, '@')+1:])
	}
	if _, rest, ok := strings.Cut(low, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		host = host[strings.LastIndexByte(host, '@')+1:]
		return host == "" || !stand(host) && !wellKnown(host)
	}
	return true
}
