package sanitize

import (
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
	// lower: the pattern is in small letters and reads the text in small letters.
	lower bool
	// whole: the pattern reads more than a line and the next.
	whole bool
	// leads: the pattern begins at its word, and is tried there alone.
	leads bool
	// anchored: the pattern looks at what stands before a word, or at the beginning of the line; lined: at that alone.
	anchored, lined bool
	// words announce the pattern; without a shape they are those of the pattern itself. signs are characters one of which
	// a line must have too, and shape is what it must have: alone, where there are no words.
	words []string
	signs string
	shape shape
}

// matches returns the pattern's matches in a text. What a match reads behind its last value may be what the next one
// begins with ("a, b"): the search goes on where the value ends.
func (f *finder) matches(text string) [][]int {
	if f.leads || f.whole || f.lined {
		return f.re.FindAllStringSubmatchIndex(text, -1)
	}
	var out [][]int
	for from := 0; from < len(text); {
		m := f.re.FindStringSubmatchIndex(text[from:])
		if m == nil {
			break
		}
		next := 0
		for i := range m {
			if m[i] < 0 {
				continue
			}
			if m[i] += from; i > 1 {
				next = max(next, m[i])
			}
		}
		out = append(out, m)
		from = max(next, from+1)
	}
	return out
}

// dressed is a point of an address with marks of emphasis or tags around it.
const dressed = "(?:\\*{1,2}|</?[a-z]+>|`)*\\.(?:\\*{1,2}|</?[a-z]+>|`)*"

// value is what may follow a key: in quotes, or a word.
const value = `(?:\\?"([^"\\\n]{1,200})\\?"|'([^'\n]{1,200})'|([^\s"'` + "`" + `,;&{}()<>|\[\]\\]+))`

// keyNames are what secrets are called, in configurations and in prose.
const keyNames = `(?:pass(?:word|wd|phrase|code|hash|key)?|pwd|secret|psk|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|preshared[-_ ]?key|licen[sc]e[-_ ]?key|credentials?|session(?:id)?|\bsid|\bpw|kennwort|passwort|haslo|mot de passe|contrasena|parola)`

// keyHeads are how they begin.
const keyHeads = `pass|pwd|secret|psk|token|api|access|private|preshared|licen|credential|session|sid|pw|kennwort|haslo|mot de|contrasena|parola`

// signsOf returns the signs that stand between a key and its value in a pattern that asks for one.
func signsOf(pattern string) string {
	switch {
	case strings.Contains(pattern, `(?:[:=]\s*)?`):
	case strings.Contains(pattern, `\s*=>?\s*`):
		return "="
	case strings.Contains(pattern, `\s*[:=]\s*`), strings.Contains(pattern, `\s*(?:[:=]|=>)\s*`), strings.Contains(pattern, `\s*(?:=>|[:=])\s*`):
		return ":="
	case strings.Contains(pattern, `["']\s*:\s*`):
		return ":"
	}
	return ""
}

func newFinders() []finder {
	find := func(kind Kind, mark string, ok func(string, string) bool, patterns ...string) []finder {
		var out []finder
		for _, p := range patterns {
			f := finder{kind: kind, ok: ok, mark: mark, whole: strings.Contains(p, `[\s\S]`), anchored: strings.Contains(strings.ReplaceAll(p, `[^`, ``), `^`), lined: strings.HasPrefix(p, `(?m)^`)}
			f.signs = signsOf(p)
			if f.leads = strings.HasPrefix(p, keyNames); f.leads {
				p, f.words = `\A`+p, strings.Split(keyHeads, "|")
			}
			if f.lower = !strings.Contains(p, `(?-i:`); f.lower {
				f.re = regexp.MustCompile(small(p))
			} else {
				f.re = regexp.MustCompile(`(?i)` + p)
			}
			out = append(out, f)
		}
		return out
	}
	var all []finder
	add := func(f []finder) { all = append(all, f...) }
	shaped := func(has shape, finders []finder) []finder {
		for i := range finders {
			finders[i].shape = has
		}
		return finders
	}

	worded := func(words string, finders []finder) []finder {
		for i := range finders {
			finders[i].words = strings.Split(words, "|")
		}
		return finders
	}

	// Addresses.
	add(shaped(numberDot, find(KindIPv4, "", privateV4, `(?:^|[^\d.]|[a-z]\.)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:/\d{1,2}\b)?)(?:$|[^\d.a-z_]|\.(?:$|[^\di]|i[^n]))`, `(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})[a-z]`)))
	add(worded("[.]|(.)| dot | . ", find(KindIPv4, "[address]", oddV4, `\b(\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3})\b`)))
	add(shaped(hexChain, find(KindIPv4, "[address]", oddV4, `(?:^|[^\d.-])((?:10|172|192|100|169)[-_]\d{1,3}[-_]\d{1,3}[-_]\d{1,3})(?:$|[^\d.-])`)))
	add(find(KindIPv4, "[address]", oddV4, `\b(0xc0a8[0-9a-f]{4}|0xac1[0-9a-f]{5})\b`))
	add(shaped(numberDot, find(KindIPv4, "[address]", paddedV4, `\b(\d{1,4}\.\d{1,4}\.\d{1,4}\.\d{1,4})\b`)))
	add(shaped(dressedDot, find(KindIPv4, "[address]", dressedV4, `\b(\d{1,3}`+dressed+`\d{1,3}`+dressed+`\d{1,3}`+dressed+`\d{1,3})\b`)))
	add(find(KindIPv4, "[address]", nil, `\b(?:ip|host|dhcp|client|static|dyn|pool|node|addr)[-_](10[-_]\d{1,3}[-_]\d{1,3}[-_]\d{1,3})\b`, `\b(0x(?:c0|ac|0?a)(?:\.0x[0-9a-f]{1,2}){3})\b`))
	add(find(KindIPv4, "[network]", nil, `\b((?:192\.168|172\.(?:1[6-9]|2\d|3[01])|10\.\d{1,3})(?:\.\d{1,3})?(?:\.[x*])+)`, `\b(192\.168\.\d{1,5})(?:[^\d.]|\.\D|\.?$)`))
	add(find(KindIPv4, "[reverse name]", func(v, _ string) bool { return !reservedReverse(v) }, `\b((?:\d{1,3}\.){3,4}in-addr\.arpa)`, `\b((?:[0-9a-f]\.){4,32}ip6\.arpa)`))
	add(find(KindIPv4, "[index]", oidIndex, `\b(?:\.?1\.[03]\.(?:6\.1|8802)(?:\.\d+){3,}?)\.((?:\d{1,3}\.){3,}\d{1,3})\b`))
	add(shaped(twoColons, find(KindIPv6, "", privateV6, `(?:^|[^0-9a-z:.])([0-9a-f:]*:[0-9a-f:]*:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*(?:%[a-z0-9._-]+)?(?:/\d{1,3}\b)?)`)))
	add(shaped(hexChain, find(KindMAC, "", privateMAC, `(?:^|[^0-9a-z:])((?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})(?:$|[^0-9a-z:]|:\D)`, `\b((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\b`, `\b((?:[0-9a-f]{2} ){5}[0-9a-f]{2})\b`)))
	add(shaped(threeWords, find(KindMAC, "", privateMAC, `\b([0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})\b`)))
	add(shaped(twoHalves, find(KindMAC, "", privateMAC, `\b([0-9a-f]{6}[-:][0-9a-f]{6})\b`)))
	add(shaped(longHex, find(KindMAC, "", privateMAC, `\b(?:0x)?([0-9a-f]{12})\b`)))
	add(shaped(hexChain, find(KindMAC, "[hardware address]", longOctets, `\b((?:[0-9a-f]{1,2}:){6,}[0-9a-f]{1,2})\b`)))
	add(find(KindMAC, "[hardware address]", longOctets, `Hex-STRING:\s*((?:[0-9a-f]{2} ){3,}[0-9a-f]{2})`))
	add(shaped(hexChain, find(KindSerial, "[id]", notZero, `\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`)))
	add(find(KindSerial, "[id]", notZero, `engine[-_ ]?id["']?[\s:=]*(?:hex-string:)?\s*(?:0x)?((?:[0-9a-f]{2}[: ]?){5,})`))

	// Names.
	add(shaped(atLike, find(KindEmail, "", privateMail, `([a-z0-9._%+-]+(?:@|\s*[\[({]at[\])}]\s*)[a-z0-9-]+(?:(?:\.|\s*[\[({]dot[\])}]\s*)[a-z0-9-]+)+)`)))
	add(shaped(atLike, find(KindUser, "", account, `(?:^|[^\w./@%+-])([a-z][a-z0-9._-]*@[a-z][a-z0-9-]*)(?:$|[^\w.@/-]|\.(?:\s|$))`)))
	add(shaped(letterDot, find(KindHost, "", privateHost, `((?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+))\b`)))

	// SNMP and other credentials.
	add(find(KindSecret, "", real, `communi(?:ty|ties)(?:[-_ ](?:string|name))?["']?\s*(?:=>|[:=])\s*\[?`+value, `(?:\br[ow]|auth|trap)community6?\s+`+value, `snmp(?:-server|-agent)?\s+community(?:\s+(?:read|write|r[ow]))?\s+`+value,
		`com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+`+value, `(?:trap2?sink|informsink)\s+\S+\s+`+value, `\bsnmp\w+\s[^|\n]*?-c\s*`+value, `\bsnmp\w+\s[^|\n]*?(?-i:-A)\s*`+value, `\bsnmp\w+\s[^|\n]*?(?-i:-X)\s*`+value,
		`createuser\s+\S+\s+\w+\s+`+value+`(?:\s+\w+\s+`+value+`)?`, `snmp://([^@/\s]+)@`, `snmp-server\s+host\s+\S+\s+(?:(?:community|traps|informs|version|1|2c)\s+)+`+value, `(?:auth|priv)(?:entication|acy)?[-_ ]?(?:pass\w*|key|secret)["']?\s*[:=]\s*`+value))
	add(find(KindSecret, "", unusual, `community\s+(?:string\s+|name\s+)?(?:is\s+|was\s+)?`+value, `\b(?:auth|priv)\s+(?:md5|sha\S*|des|aes\S*)\s+(?:\d+\s+)?`+value))
	add(find(KindSecret, "", saidWord, `community\s+(?:string|name)\s+(?:is|was)\s+`+value))
	add(find(KindSecret, "", real, keyNames+`(?:[-_]?(?:hash|value|text|string|id|\d+|ro|rw))?["']?\s*=>?\s*`+value, keyNames+`["']\s*:\s*`+value, `[?&;](?:\w*(?:pass\w*|token|secret|key|pwd|session\w*)|sig|sid|auth|code)=([^&\s"'<>#]+)`,
		`(?:sshpass\s+-p|redis-cli[^|\n]*?\s-a|ldapsearch[^|\n]*?\s-w|ipmitool[^|\n]*?\s-P)\s*`+value, `\s--(?:[\w-]*pass\w*|token|secret|api-?key|psk)[= ]`+value, `(?:mysql|mariadb)\S*\s[^|\n]*?-p([^\s"'-][^\s"']*)`,
		`(?:curl|wget|http)\s[^|\n]*?(?:-u|--user)\s*["']?[^\s:]+:([^\s"']+)`, `authorization["']?\s*[:=]\s*["']?(?:basic|bearer|token|digest)?\s*([^\s"',;]+)`, `cookie["']?\s*:\s*[\w.-]+=([^\s;"']+)`,
		`x-[\w-]*(?:token|key):\s*([^\s"']+)`, `(otpauth://[^\s"'<>]+)`, `plaintext\s+`+value, `\b(?:secret|password)\s+\d\s+`+value, `smbclient[^|\n]*?-U\s*[^\s%]+%(\S+)`,
		`-----BEGIN ([A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY)`, `-----BEGIN ([A-Z ]*PRIVATE KEY)-----`, `(\{S?SHA\d*\}[A-Za-z0-9+/=]{8,})`))
	add(find(KindSecret, "", unusual, keyNames+`s?(?:\s+(?:for|of|to|on)\s+(?:\S+\s+){1,4}?(?:is|was)|\s+(?:is|was|to|lautet)|:)?\s+`+value, `\b(?:bearer|basic)\s+([a-z0-9+/=_.~-]{8,})`,
		`\b(?:login|credentials?|account)\s*:?\s+[\w.@-]+\s*[/:]\s*([^\s,;/:]+)`))
	add(shaped(oddSign, find(KindSecret, "", real, `(\$(?:1|2[aby]?|5|6|7|y|apr1|argon2\w*)\$[^\s:"']{8,})`)))
	add(shaped(atLike, find(KindSecret, "", unusual, `(?:^|[\s"'=(])[A-Za-z][\w.-]*:([^\s@/:"']{4,})@[\w.-]+`)))
	add(find(KindSecret, "", nil, `\bpin(?:\s+code)?["']?\s*(?:[:=]|is|was)?\s*["']?(\d{4,8})\b`, `\bbearer\s+([\w-]+\.[\w-]+\.[\w-]+)`, `\b(?:auth|priv)key\s*[:=]?\s*(0x[0-9a-f]{8,})`))
	add(find(KindSecret, "", saidWord, `\b(?:wpa\d?|wep|wi-?fi|wlan|psk|network|hotspot)[^\n:=]{0,24}\bkey\s*[:=]\s*`+value, `\bcommunity\s+([\w.-]+)\s+(?:is\s+|was\s+)?(?:rejected|refused|denied|failed|wrong|from\s+\d)`))
	add(worded("password |passphrase |passcode |pwd |pin ", find(KindSecret, "", saidWord, `\b(?:pass(?:word|phrase|code)|pwd|pin)\s+(?:is|was|to|ist|war)\s+(?:still\s+|now\s+)?`+value)))
	add(find(KindSecret, "", saidWord, `(?m)^\W*(?:[\w.-]*[-_.])?`+keyNames+`\s*:\s*`+value+`\W*$`))
	add(find(KindSecret, "", nil, `[a-z][a-z0-9+.-]*://([^/\s@"'<>:]*:[^/\s@"'<>]+)@`, `((?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+)\s+AAAA[A-Za-z0-9+/=]{16,})`))
	add(find(KindSecret, "", func(v, _ string) bool { return v != strings.ToLower(v) && v != strings.ToUpper(v) }, `SHA256:([A-Za-z0-9+/]{43}=?)`))
	add(shaped(longWord, find(KindSecret, "", drawn, `\b([A-Za-z0-9][A-Za-z0-9_+=-]{15,}(?:\n[ >]*[A-Za-z0-9_+=-]{16,})?)`, `\b([A-Za-z0-9+/]{40,}={0,2})`)))
	add(find(KindSecret, "", nil, `\b((?:gh`+`p_|gh`+`o_|gh`+`s_|gh`+`u_|gh`+`r_|github`+`_pat_|glp`+`at-|xox`+`[bpa]-|AK`+`IA|hv`+`s\.)[A-Za-z0-9_-]{10,})`))

	quoted := `(?:"([^"\n]+)"|'([^'\n]+)'|` + "`([^`\n]+)`)"
	add(find(KindSecret, "", real, `community\s+`+quoted, `\b(?:pass(?:word|phrase|code)|pwd|secret)\s+`+quoted, `\blogin\s+\S+\s+password\s+`+value, `echo\s+["']?\w+:([^\s"'|]+)["']?\s*\|\s*chpasswd`,
		`\b(?:user(?:name)?|login)\s*/\s*pass(?:word)?\s*[:=]?\s*[^\s/]+\s*/\s*([^\s,;]+)`))
	add(find(KindSecret, "", unusual, `\b(?:signature|otp|seed)["']?\s*[:=]\s*`+value))
	add(find(KindSecret, "", func(v, b string) bool { return len(v) >= 12 && drawn(v+v, b) && unusual(v, b) }, `\b(?:token|key|hash)[^:\n]{0,40}:\s*([\w+=-]+)`))

	// Wi-Fi, hardware.
	add(find(KindSSID, "", named, `\b[be]?ssid["']?\s*[:=]\s*`+value, `\bwi-?fi\s+(?:connect|hotspot)\s+`+value, `\biw\s+(?:dev\s+)?\S+\s+connect\s+`+value, `(?:wl|wi-?fi|ssid|wpa)[^\n]*?(?:connected|associated?|associate)\s+(?:to|with)\s+(?:"([^"\n]+)"|'([^'\n]+)')`, `\bssid\s+(?:"([^"\n]+)"|'([^'\n]+)')`, `\b(?:wi-?fi|wlan|wireless)(?:\s+network)?\s+(?:named\s+|called\s+)?(?:"([^"\n]+)"|'([^'\n]+)')`))
	add(find(KindSSID, "", func(v, b string) bool { return unusual(v, b) || unicode.IsUpper(rune(v[0])) && v != strings.ToUpper(v) }, `\bssid\s+([\w.-]+)`))
	add(find(KindSerial, "", numberPlate, `\b(?:\w*serial(?:[-_ ]?(?:number|no\.?|num|nr\.?|#|short))?|(?:service|asset)[-_ ]?tag|express\s+service\s+code|imei|imsi|meid|iccid|system[-_ ]?uuid|machine[-_ ]?id)(?:num)?(?:\.\d+)?["']?\s*(?:[:=#]|is)?\s*(?:STRING:\s*)?`+value,
		`\bwwn[-:= ]*((?:0x)?[0-9a-f]{16})`, `\b(?:ata|scsi|nvme|usb)-[\w.+-]*?_([A-Z0-9-]{6,})\b`))

	add(worded("s/n|sn:|sn=|sn#| sn |\"sn\"", find(KindSerial, "", numberPlate, `\b(?:s/n|sn)\b["']?\s*(?:[:=#]|is)?\s*(?:STRING:\s*)?`+value)))

	// People.
	add(find(KindUser, "", person, `\bfor\s+(?:invalid\s+user\s+|illegal\s+user\s+)?(\S+)\s+from\s`, `\b(?:invalid|illegal)\s+user\s+(\S+)`, `\bsudo(?:\[\d+\])?:\s+(\S+)\s*:`,
		`\b(?:[\w.]*[-_])?(?:user(?:[-_ ]?name)?|login|owner|account|author|real[-_ ]?name|full[-_ ]?name)["']?\s*(?:[:=]|=>)\s*`+value, `[?&](?:user(?:name)?|login|email)=([^&\s"'<>#]+)`,
		`\b[ug]id=\d+\(([\w.-]+)\)`, `\bchown\s+(?:-\w+\s+)*([\w.-]+)(?::([\w.-]+))?\s`, `\bsu\s+(?:-|-l)\s+([\w.-]+)`, `\b(?:useradd|adduser|userdel|passwd)\s+(?:-\S+\s+)*([a-z][\w.-]*)\s*$`, `\bsnmp\w+\s[^|\n]*?-u\s*`+value, `\bsecurityname\s*[:=]?\s*`+value,
		`\b(?:login|logged\s+in|sign(?:ed)?\s+in|whoami)(?:\s+as)?\s*:\s*`+value, `\b(?:login|logged\s+in|signed\s+in)\s+as\s+`+value, `\b(?:crontab|sudo|runuser)\b[^|\n]*?\s-u\s+`+value, `\b(?:of|for)\s+user\s+([\w.-]+)`, `\b(?:createuser|rouser|rwuser)\s+(?:-\S\s+\S+\s+)?([\w.-]+)`, `\b(?:logname|ruser|rhost)=([\w.-]+)`, `://([^/\s@"'<>:]{2,})@`))
	add(worded("rwx|rw-|r--|r-x|-wx|--x", find(KindUser, "", person, `(?m)^\s*[-dlcbps][-rwxst]{9}[+@.]?\s+\d+\s+(\S+)\s+(\S+)\s`)))
	add(find(KindUser, "", actor, `\b([\w.-]+)\s+logged\s+(?:in|out)\b`))
	add(shaped(oddSign, find(KindUser, "", person, `(?:^|\s)~([a-z_][\w-]*)/`)))
	add(find(KindUser, "[name]", person, `(?m)\b(?:sys)?contact(?:\.0|[-_ ]?name)?["']?\s*[:=]\s*(?:STRING:\s*)?["']?([^\s"'\n][^"'\n,;}]*)`, `(?m)\bsyscontact\s+["']?([^\s"'=:\n][^"'\n]*)`))
	add(shaped(plusSign, find(KindUser, "[phone number]", func(v, _ string) bool {
		d := onlyDigits(v)
		return len(d) >= 8 && !strings.HasPrefix(d, "155501")
	}, `(?:^|[^\w.+-])(\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6})\b`)))

	// Places.
	add(shaped(numberDot, find(KindLocation, "", nil, `(?:^|[^\d.])([-+]?\d{1,2}\.\d{3,}\s*[,;/ ]\s*[-+]?\d{1,3}\.\d{3,})`)))
	add(shaped(oddSign, find(KindLocation, "", nil, `([-+]?\d{1,3}(?:\.\d+)?\s*°[\d\s.'′’"″]*[NSEWO]\b(?:[\s,;]*[-+]?\d{1,3}(?:\.\d+)?\s*°[\d\s.'′’"″]*[NSEWO]\b)?)`)))
	add(shaped(numberDot|oddSign, find(KindLocation, "", nil, `\b([NS]\s?\d{1,2}[.°]\s?\d{2,}\S*[,;\s]+[EWO]\s?\d{1,3}[.°]\s?\d{2,}\S*)`)))
	add(shaped(numberDot, find(KindLocation, "", nil, `\b(?:lat|lon|lng|long)(?:itude)?["']?\s*[:=]?\s*([-+]?\d{1,3}\.\d{2,})`)))
	add(find(KindLocation, "", nil, `(?-i:\b([A-Z][\w-]*?(?:stra[sß]s?e|str\.|weg|gasse|platz|allee|ufer|damm)\s+\d{1,4}\s?[a-z]?)\b)`))
	add(worded("ul.|al.|pl.|rue|via |calle|rua ", find(KindLocation, "", nil, `(?-i:\b((?:ul|al|pl)\.\s*[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*\s+\d+\w*|\d+,?\s+(?:bis\s+)?rue\s+[A-Za-z' -]+|(?:Via|Calle|Rua)\s+[A-Z][\w' -]*,?\s+\d+))`)))
	add(shaped(plusSign, find(KindLocation, "", nil, `\b([23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3})\b`)))
	add(shaped(houseLike, worded("street|st|road|rd|avenue|ave|lane|drive|way|court|close|square|place|boulevard|terrace|crescent|parkway", find(KindLocation, "", nil, `(?-i:\b(\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w'.-]*\s+){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Way|Court|Close|Square|Place|Boulevard|Terrace|Crescent|Parkway)\b))`))))
	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) }, `(?m)\b(?:sys|snmp)[-_]?location(?:\.0)?["']?\s*(?:[:=]\s*)?(?:STRING:\s*)?["']?([^\s"'=:\n][^"'\n]*)`))
	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) && titled(v) }, `(?m)\b(?:location|address|city|town|street|standort)["']?\s*[:=]\s*["']?([^\s"'\n][^"'\n]*)`))

	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) }, `\blocation["']?\s*(?:[:=]|=>)\s*(?:"([^"\n]+)"|'([^'\n]+)')`))

	add(find(KindLocation, "", nil, `\bgeo:([-+]?\d+\.\d+,[-+]?\d+\.\d+)`, `///([a-z]+\.[a-z]+\.[a-z]+)\b`, `(?-i:\b([A-Z][\w-]*[ -](?:Stra[sß]s?e|Str\.|Weg|Gasse|Platz|Allee|Ring|Ufer|Damm)\s+\d{1,4}\s?[a-z]?)\b)`))

	// Files.
	add(find(KindPath, "", owner, `(/(?:home|Users|export/home|volume\d+/homes|var/mail|run/media)/[^/\s"'<>:|)\]`+"`"+`]+)`))
	add(find(KindPath, "[path]", owner, `([a-z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}[^\s"'<>|]+)`, `(\\\\[a-z0-9._$-]{2,}\\[^\s"'<>|]+)`, `((?:smb|cifs|nfs|afp|sftp|rsync|ftp|scp)://[^\s"'<>)\]]+)`, `((?:/root/|[^\s"'=(]*\.(?:ssh|gnupg|kube|aws)/)[^\s"'<>|)\]]+)`,
		`\b(?:rsync|scp|mount)\s[^|\n]*?((?:[\w.-]+@)?[a-z0-9][\w.-]*:/[^\s"']+)`, `(?:^|[\s"'=(])([a-z][\w.-]+:/(?:export|volume\d*|mnt|srv|home|share|data|backup|nfs)[^\s"']*)`))
	add(find(KindPath, "[path]", func(v, _ string) bool { return owner("smb:"+v, "") }, `(?:^|[\s"'(])(//[a-z0-9][\w.-]+/[\w$.-]+)`))
	add(find(KindPath, "[path]", nil, `(/(?:home|root|Users|srv|data|mnt|volume\d+|tmp)/[^\s"'<>|]+\.(?:pem|key|ppk|p12|pfx|kdbx|ovpn))\b`))
	return all
}
