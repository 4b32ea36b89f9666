package sanitize

import (
	"math"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// finder finds values of one kind by a pattern; every group of the pattern that took part is a value.
type finder struct {
	kind Kind
	re   *regexp.Regexp
	// ok judges a value and what stands before it; nil takes all.
	ok func(value, before string) bool
	// mark comes in place of the value; empty means an alias of the kind.
	mark string
}

// value is what may follow a key: in quotes, or a word.
const value = `(?:\\?"([^"\\\n]{1,200})\\?"|'([^'\n]{1,200})'|([^\s"'` + "`" + `,;&{}()<>|\[\]\\]+))`

func newFinders() []finder {
	find := func(kind Kind, mark string, ok func(string, string) bool, patterns ...string) []finder {
		var out []finder
		for _, p := range patterns {
			out = append(out, finder{kind: kind, re: regexp.MustCompile(`(?i)` + p), ok: ok, mark: mark})
		}
		return out
	}
	var all []finder
	add := func(f []finder) { all = append(all, f...) }

	// Addresses.
	add(find(KindIPv4, "", privateV4, `(?:^|[^\d.]|[^\d]\.)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\b`, `(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})[a-z]`))
	add(find(KindIPv4, "[address]", oddV4, `\b(\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3})\b`,
		`(?:^|[^\d.-])((?:10|172|192|100|169)[-_]\d{1,3}[-_]\d{1,3}[-_]\d{1,3})(?:$|[^\d.-])`, `\b((?:0\d{2,3}\.){3}0?\d{1,3}|0xc0a8[0-9a-f]{4}|0xac1[0-9a-f]{5})\b`))
	add(find(KindIPv4, "[network]", nil, `\b((?:192\.168|172\.(?:1[6-9]|2\d|3[01])|10\.\d{1,3})(?:\.\d{1,3})?(?:\.[x*])+)`, `\b(192\.168\.\d{1,5})(?:[^\d.]|\.\D|\.?$)`))
	add(find(KindIPv4, "[reverse name]", func(v, _ string) bool { return !reservedReverse(v) }, `\b((?:\d{1,3}\.){3,4}in-addr\.arpa)`, `\b((?:[0-9a-f]\.){4,32}ip6\.arpa)`))
	add(find(KindIPv4, "[index]", oidIndex, `\b(?:\.?1\.[03]\.(?:6\.1|8802)(?:\.\d+){3,}?)\.((?:\d{1,3}\.){3,}\d{1,3})\b`))
	add(find(KindIPv6, "", privateV6, `(?:^|[^0-9a-z:.])([0-9a-f:]*:[0-9a-f:]*:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*(?:%[a-z0-9._-]+)?)`))
	add(find(KindMAC, "", privateMAC, `(?:^|[^0-9a-z:])((?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})(?:$|[^0-9a-z:]|:\D)`, `\b((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\b`, `\b([0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})\b`,
		`\b([0-9a-f]{6}[-:][0-9a-f]{6})\b`, `\b([0-9a-f]{12})\b`, `\b((?:[0-9a-f]{2} ){5}[0-9a-f]{2})\b`))
	add(find(KindMAC, "[hardware address]", longOctets, `\b((?:[0-9a-f]{1,2}:){6,}[0-9a-f]{1,2})\b`, `Hex-STRING:\s*((?:[0-9a-f]{2} ){3,}[0-9a-f]{2})`))
	add(find(KindSerial, "[id]", notZero, `\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`, `engine[-_ ]?id["']?[\s:=]*(?:hex-string:)?\s*(?:0x)?((?:[0-9a-f]{2}[: ]?){5,})`))

	// Names.
	add(find(KindEmail, "", privateMail, `([a-z0-9._%+-]+(?:@|\s*[\[({]at[\])}]\s*)[a-z0-9-]+(?:(?:\.|\s*[\[({]dot[\])}]\s*)[a-z0-9-]+)+)`))
	add(find(KindUser, "", account, `(?:^|[^\w./@%+-])([a-z][a-z0-9._-]*@[a-z][a-z0-9-]*)(?:$|[^\w.@/-]|\.(?:\s|$))`))
	add(find(KindHost, "", privateHost, `((?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+))\b`))

	// SNMP and other credentials.
	add(find(KindSecret, "", real, `communit(?:y|ies)(?:[-_ ](?:string|name))?["']?\s*(?:=>|[:=])\s*\[?`+value, `(?:\br[ow]|auth|trap)community6?\s+`+value, `snmp(?:-server|-agent)?\s+community(?:\s+(?:read|write|r[ow]))?\s+`+value,
		`com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+`+value, `(?:trap2?sink|informsink)\s+\S+\s+`+value, `\bsnmp\w+\s[^|\n]*?-c\s*`+value, `\bsnmp\w+\s[^|\n]*?(?-i:-A)\s*`+value, `\bsnmp\w+\s[^|\n]*?(?-i:-X)\s*`+value,
		`createuser\s+\S+\s+\w+\s+`+value+`(?:\s+\w+\s+`+value+`)?`, `snmp://([^@/\s]+)@`, `snmp-server\s+host\s+\S+\s+(?:(?:community|traps|informs|version|1|2c)\s+)+`+value, `(?:auth|priv)(?:entication|acy)?[-_ ]?(?:pass\w*|key|secret)["']?\s*[:=]\s*`+value))
	add(find(KindSecret, "", unusual, `community\s+(?:string\s+|name\s+)?(?:is\s+|was\s+)?`+value, `\b(?:auth|priv)\s+(?:md5|sha\S*|des|aes\S*)\s+(?:\d+\s+)?`+value))
	add(find(KindSecret, "", saidWord, `community\s+(?:string|name)\s+(?:is|was)\s+`+value))
	keys := `(?:pass(?:word|wd|phrase|code|hash|key)?|pwd|secret|psk|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|preshared[-_ ]?key|credentials?|session(?:id)?|kennwort|passwort)`
	add(find(KindSecret, "", real, keys+`\w{0,12}["']?\s*=>?\s*`+value, keys+`["']\s*:\s*`+value, `[?&;](?:\w*(?:pass\w*|token|secret|key|pwd|session\w*)|sig|sid|auth|code)=([^&\s"'<>#]+)`,
		`(?:sshpass\s+-p|redis-cli[^|\n]*?\s-a|ldapsearch[^|\n]*?\s-w|ipmitool[^|\n]*?\s-P)\s*`+value, `\s--(?:[\w-]*pass\w*|token|secret|api-?key|psk)[= ]`+value, `(?:mysql|mariadb)\S*\s[^|\n]*?-p([^\s"'-][^\s"']*)`,
		`(?:curl|wget|http)\s[^|\n]*?(?:-u|--user)\s*["']?[^\s:]+:([^\s"']+)`, `authorization["']?\s*[:=]\s*["']?(?:basic|bearer|token|digest)?\s*([^\s"',;]+)`, `cookie["']?\s*:\s*[\w.-]+=([^\s;"']+)`,
		`pveapitoken=([^\s"']+)`, `x-[\w-]*(?:token|key):\s*([^\s"']+)`, `(otpauth://[^\s"'<>]+)`, `plaintext\s+`+value, `\b(?:secret|password)\s+\d\s+`+value, `smbclient[^|\n]*?-U\s*[^\s%]+%(\S+)`,
		`-----BEGIN ([A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY)`, `-----BEGIN ([A-Z ]*PRIVATE KEY)-----`, `(\$(?:1|2[aby]?|5|6|7|y|apr1|argon2\w*)\$[^\s:"']{8,})`, `(\{S?SHA\d*\}[A-Za-z0-9+/=]{8,})`))
	add(find(KindSecret, "", unusual, keys+`s?(?:\s+(?:is|was|to)|:)?\s+`+value, `\b(?:bearer|basic)\s+([a-z0-9+/=_.~-]{8,})`, `echo\s+["']?\w+:([^\s"'|]+)["']?\s*\|\s*chpasswd`))
	add(find(KindSecret, "", saidWord, `\b(?:pass(?:word|phrase|code)|pwd|pin)\s+(?:is|was|to|ist|war)\s+(?:still\s+|now\s+)?`+value, `(?m)^\W*(?:[\w.-]*[-_.])?`+keys+`\s*:\s*`+value+`\W*$`))
	add(find(KindSecret, "", nil, `[a-z][a-z0-9+.-]*://([^/\s@"'<>:]*:[^/\s@"'<>]+)@`, `((?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+)\s+AAAA[A-Za-z0-9+/=]{16,})`, `SHA256:([A-Za-z0-9+/]{43}=?)`))
	add(find(KindSecret, "", drawn, `\b([A-Za-z0-9][A-Za-z0-9_+=-]{15,}(?:\n[ >]*[A-Za-z0-9_+=-]{16,})?)`, `\b([A-Za-z0-9+/]{40,}={0,2})`))
	add(find(KindSecret, "", nil, `\b((?:gh`+`[posur]_|github`+`_pat_|glp`+`at-|xox`+`[bpa]-|AK`+`IA|hv`+`s\.)[A-Za-z0-9_-]{10,})`))

	// Wi-Fi, hardware.
	add(find(KindSSID, "", named, `\b[be]?ssid["']?\s*[:=]\s*`+value, `\bwi-?fi\s+(?:connect|hotspot)\s+`+value, `\bssid\s+(?:"([^"\n]+)"|'([^'\n]+)')`, `\b(?:wi-?fi|wlan|wireless)(?:\s+network)?\s+(?:named\s+|called\s+)?(?:"([^"\n]+)"|'([^'\n]+)')`))
	add(find(KindSSID, "", func(v, b string) bool { return unusual(v, b) || unicode.IsUpper(rune(v[0])) && v != strings.ToUpper(v) }, `\bssid\s+([\w.-]+)`))
	add(find(KindSerial, "", numberPlate, `\b(?:\w*serial(?:[-_ ]?(?:number|no\.?|num|nr\.?|#|short))?|\bs/?n\b|(?:service|asset)[-_ ]?tag|express\s+service\s+code|imei|imsi|meid|iccid|system[-_ ]?uuid|machine[-_ ]?id)(?:num)?(?:\.\d+)?["']?\s*(?:[:=#]|is)?\s*(?:STRING:\s*)?`+value,
		`\bwwn[-:= ]*((?:0x)?[0-9a-f]{16})`, `\b(?:ata|scsi|nvme|usb)-[\w.+-]*?_([A-Z0-9-]{6,})\b`))

	// People.
	add(find(KindUser, "", person, `\bfor\s+(?:invalid\s+user\s+|illegal\s+user\s+)?(\S+)\s+from\s`, `\b(?:invalid|illegal)\s+user\s+(\S+)`, `session\s+(?:opened|closed)\s+for\s+user\s+`+value, `\bsudo(?:\[\d+\])?:\s+(\S+)\s*:`,
		`(?m)^\s*[-dlcbps][-rwxst]{9}[+@.]?\s+\d+\s+(\S+)\s+(\S+)\s`, `\b(?:[\w.]*[-_])?(?:user(?:[-_ ]?name)?|login|owner|account|author|real[-_ ]?name|full[-_ ]?name)["']?\s*(?:[:=]|=>)\s*`+value, `[?&](?:user(?:name)?|login)=([^&\s"'<>#]+)`,
		`\b[ug]id=\d+\(([\w.-]+)\)`, `\bchown\s+(?:-\w+\s+)*([\w.-]+)(?::([\w.-]+))?\s`, `\bsu\s+(?:-|-l)\s+([\w.-]+)`, `\b(?:useradd|adduser|userdel|passwd)\s+(?:-\S+\s+)*([a-z][\w.-]*)\s*$`, `\bsnmp\w+\s[^|\n]*?-u\s*`+value))
	add(find(KindUser, "[name]", person, `(?m)\b(?:sys)?contact(?:\.0|[-_ ]?name)?["']?\s*[:=]\s*(?:STRING:\s*)?["']?([^\s"'\n][^"'\n,;}]*)`, `(?m)\bsyscontact\s+["']?([^\s"'=:\n][^"'\n]*)`))
	add(find(KindUser, "[phone number]", func(v, _ string) bool {
		d := onlyDigits(v)
		return len(d) >= 8 && !strings.HasPrefix(d, "155501")
	}, `(?:^|[^\w.+-])(\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6})\b`))

	// Places.
	add(find(KindLocation, "", nil, `(?:^|[^\d.])([-+]?\d{1,2}\.\d{3,}\s*[,;/ ]\s*[-+]?\d{1,3}\.\d{3,})`, `([-+]?\d{1,3}(?:\.\d+)?\s*°(?:[\d\s.'′’"″]*[NSEWO]?[\s,;]*)(?:[-+]?\d{1,3}(?:\.\d+)?\s*°[\d\s.'′’"″]*[NSEWO])?)`,
		`\b([NS]\s?\d{1,2}[.°]\s?\d{2,}\S*[,;\s]+[EWO]\s?\d{1,3}[.°]\s?\d{2,}\S*)`, `\b(?:lat|lon|lng|long)(?:itude)?["']?\s*[:=]?\s*([-+]?\d{1,3}\.\d{2,})`, `\b([23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3})\b`,
		`(?-i:\b(\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w'.-]*\s+){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Way|Court|Close|Square|Place|Boulevard|Terrace|Crescent|Parkway)\b))`,
		`(?-i:\b([A-Z][\w-]*?(?:stra[sß]s?e|str\.|weg|gasse|platz|allee|ufer|damm)\s+\d{1,4}\s?[a-z]?)\b)`, `(?-i:\b((?:ul|al|pl)\.\s*[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*\s+\d+\w*|\d+,?\s+(?:bis\s+)?rue\s+[A-Za-z' -]+|(?:Via|Calle|Rua)\s+[A-Z][\w' -]*,?\s+\d+))`))
	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) }, `(?m)\b(?:sys|snmp)[-_]?location(?:\.0)?["']?\s*(?:[:=]\s*)?(?:STRING:\s*)?["']?([^\s"'=:\n][^"'\n]*)`))
	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) && titled(v) }, `(?m)\b(?:location|address|city|town|street|standort)["']?\s*[:=]\s*["']?([^\s"'\n][^"'\n]*)`))

	// Files.
	add(find(KindPath, "", owner, `(/(?:home|Users|export/home|volume\d+/homes|var/mail|run/media)/[^/\s"'<>:|)\]`+"`"+`]+)`))
	add(find(KindPath, "[path]", owner, `([a-z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}[^\s"'<>|]+)`, `(\\\\[a-z0-9._$-]{2,}\\[^\s"'<>|]+)`, `((?:smb|cifs|nfs|afp|sftp|rsync|ftp|scp)://[^\s"'<>)\]]+)`, `((?:/root/|[^\s"'=(]*\.(?:ssh|gnupg|kube|aws)/)[^\s"'<>|)\]]+)`,
		`\b(?:rsync|scp|mount)\s[^|\n]*?((?:[\w.-]+@)?[a-z0-9][\w.-]*:/[^\s"']+)`, `(?:^|\s)(~[a-z_][\w-]*/\S*)`))
	return all
}

// Judges.

func stand(v string) bool {
	low := strings.ToLower(strings.Trim(v, `"'`))
	if low == "" || strings.ContainsAny(low[:1], "<[(") || strings.HasPrefix(low, "${") || strings.HasPrefix(low, "{{") || strings.HasPrefix(low, "{%") || strings.Trim(low, "*x.-_") == "" {
		return true
	}
	if low[0] == '$' && (len(low) < 2 || low[1] < '0' || low[1] > '9') {
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
	return !stand(v) && !(strings.HasPrefix(v, "/") && strings.HasSuffix(strings.ToLower(before), "pwd=")) && v != "-"
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

func privateV4(v, before string) bool {
	a, err := netip.ParseAddr(v)
	switch {
	case err != nil, reserved(a):
		return false
	case v == "10.0.0.0", v == "172.16.0.0", v == "192.168.0.0", v == "100.64.0.0", v == "169.254.0.0": // the blocks themselves
		return false
	}
	if a.IsPrivate() && a.As4()[0] == 192 {
		return true
	}
	low := strings.ToLower(before[max(0, len(before)-24):])
	if wordBefore.MatchString(low) {
		return false
	}
	if a.IsPrivate() || a.As4()[0] == 100 {
		return true
	}
	return !productBefore.MatchString(low) && v != "1.3.6.1"
}

var (
	wordBefore    = regexp.MustCompile(`(?:\bv|\b(?:versions?|release|build|firmware|kernel|section|step|oid|update)(?:\s+(?:to|from|is))?[\s:=]*)$`)
	productBefore = regexp.MustCompile(`\b(?:prtg|dsm|windows|chrome|unifi|unleashed|ruckus|java|bios|exchange|plex|firefox|office)\s+$`)
)

func oddV4(v, _ string) bool {
	parts := strings.FieldsFunc(v, func(r rune) bool { return !unicode.IsDigit(r) })
	if strings.HasPrefix(strings.ToLower(v), "0x") {
		return true
	}
	if len(parts) != 4 {
		return false
	}
	octal := strings.HasPrefix(v, "0")
	var o [4]byte
	for i, p := range parts {
		n := 0
		for _, d := range p {
			base := 10
			if octal && p[0] == '0' && strings.Trim(p, "01234567") == "" && len(p) > 3 {
				base = 8
			}
			n = n*base + int(d-'0')
		}
		if n > 255 {
			return false
		}
		o[i] = byte(n)
	}
	a := netip.AddrFrom4(o)
	if o[0] == 10 && strings.ContainsAny(v, "-_") {
		return false
	}
	return a.IsPrivate() || o[0] == 100 && o[1]&0xc0 == 64 || a.IsLinkLocalUnicast() || strings.Contains(v, "[")
}

func reservedReverse(v string) bool {
	v = strings.ToLower(v)
	return strings.HasSuffix(v, ".2.0.192.in-addr.arpa") || strings.HasSuffix(v, ".100.51.198.in-addr.arpa") || strings.HasSuffix(v, ".113.0.203.in-addr.arpa") || strings.Contains(v, ".0.0.127.in-addr.arpa") ||
		strings.HasSuffix(v, "8.b.d.0.1.0.0.2.ip6.arpa")
}

// oidIndex judges the numbers behind an object identifier's prefix: an address or a MAC at their end.
func oidIndex(v, _ string) bool {
	parts := strings.Split(v, ".")
	high := 0
	for _, p := range parts {
		if len(p) > 3 || len(p) == 3 && p > "255" {
			return false
		}
		if len(p) == 3 || len(p) == 2 && p > "60" {
			high++
		}
	}
	if len(parts) >= 6 && high >= 4 {
		return true
	}
	a, err := netip.ParseAddr(strings.Join(parts[max(0, len(parts)-4):], "."))
	return err == nil && a.IsPrivate() && high > 0
}

func privateV6(v, _ string) bool {
	host, _, _ := strings.Cut(v, "%")
	a, err := netip.ParseAddr(strings.TrimSuffix(host, ":"))
	if err != nil || len(strings.Split(host, ":")) == 8 && len(host) == 23 {
		return false
	}
	if !strings.ContainsAny(host, "0123456789") && strings.Count(host, ":") < 4 {
		return false
	}
	return !reserved(a)
}

func reserved(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() {
		return true
	}
	if a.Is4() {
		o := a.As4()
		if o[0] == 0 || o[0] == 255 || o[0] == 192 && o[1] == 0 && o[2] == 2 || o[0] == 198 && o[1] == 51 && o[2] == 100 || o[0] == 203 && o[1] == 0 && o[2] == 113 {
			return true
		}
		return false
	}
	b := a.As16()
	return b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8 || b[0] == 0x3f && b[1] == 0xff && b[2]&0xf0 == 0 || b[0] == 0xfe && b[1] == 0x80 && b[8] == 0x02 && b[9] == 0 && b[10] == 0x5e && b[13] == 0 && b[14] == 0x53
}

func privateMAC(v, before string) bool {
	m, ok := hexOctets(v)
	if !ok {
		return false
	}
	low := strings.ToLower(before[max(0, len(before)-16):])
	letters := strings.ContainsAny(strings.ToLower(v), "abcdef")
	digits := strings.ContainsAny(v, "0123456789")
	switch {
	case m[0] == 0 && m[1] == 0 && m[2] == 0x5e && m[3] == 0, m[0] == 1 && m[1] == 0 && m[2] == 0x5e, m[0] == 0x33 && m[1] == 0x33, m[0]&m[1]&m[2]&m[3]&m[4]&m[5] == 0xff, m[0]|m[1]|m[2]|m[3]|m[4]|m[5] == 0:
		return false
	case !strings.Contains(v, ":") && (!letters || !digits) && !strings.Contains(low, "mac") && !strings.Contains(low, "string"):
		return false
	case len(v) == 12 && digest.MatchString(low):
		return false
	}
	return !strings.HasSuffix(low, ":") || strings.HasSuffix(low, ": ")
}

var digest = regexp.MustCompile(`(?:commit|sha\d*|sha-256|md5|digest|checksum|revision|tree|blob|h1)[\s:]+$`)

func longOctets(v, _ string) bool {
	low := strings.ToLower(v)
	return !strings.HasPrefix(low, "00:00:5e:") && !strings.HasPrefix(low, "01:00:00:5e:00:53") && strings.ContainsAny(low, "0123456789")
}

func notZero(v, _ string) bool { return strings.Trim(v, "0fF-: ") != "" }

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
	return !(serviceNames[user] && wellKnown(host))
}

var serviceNames = list(`root admin administrator user users username guest git nobody www-data daemon librenms prtg quorate pi ubuntu debian postgres mysql redis sshd example operator test default you me
	login owner system service support security info contact noreply postmaster webmaster abuse bugs sales help press getty tty docker nagios zabbix grafana prometheus proxmox opnsense synology snmp
	monitor monitoring backup ops anonymous ftp invalid staff wheel sudo adm the a an is was be in on at to of for from with name string agent group input data id ids permissions access management interface
	accounts experience groups logins sessions and or not no all any each every lead nobody`)

func account(v, _ string) bool {
	user, host, _ := strings.Cut(strings.ToLower(v), "@")
	return !serviceNames[user] && host != "latest" && host != "main" && host != "master" && len(user) > 1 && !(host[0] == 'v' && len(host) > 1 && unicode.IsDigit(rune(host[1])))
}

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

func privateHost(v, before string) bool {
	low := strings.ToLower(v)
	if reservedName(low) || strings.HasSuffix(low, ".arpa") && !strings.HasSuffix(low, "home.arpa") {
		return false
	}
	for _, s := range domesticSuffixes {
		if strings.HasSuffix(low, "."+s) {
			last := v[strings.LastIndexByte(v, '.')+1:]
			return !(unicode.IsUpper(rune(last[0])) && last != strings.ToUpper(last)) // "lab.Home" is code
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
	for _, l := range labels[:len(labels)-1] {
		if strings.Trim(l, "0123456789") != "" {
			goto letters
		}
	}
	return false
letters:
	if publicEndings[labels[len(labels)-1]] || publicEndings[strings.ToLower(labels[len(labels)-1])] {
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
