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
	add(find(KindIPv4, "", privateV4, `(?:^|[^\d.]|[a-z]\.)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:/\d{1,2}\b)?)(?:$|[^\d.a-z_]|\.(?:$|\D))`, `(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})[a-z]`))
	add(find(KindIPv4, "[address]", oddV4, `\b(\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3}(?:\s?\[\.\]\s?|\s\.\s|\(\.\)|\sdot\s)\d{1,3})\b`,
		`(?:^|[^\d.-])((?:10|172|192|100|169)[-_]\d{1,3}[-_]\d{1,3}[-_]\d{1,3})(?:$|[^\d.-])`, `\b((?:0\d{2,3}\.){3}0?\d{1,3}|0xc0a8[0-9a-f]{4}|0xac1[0-9a-f]{5})\b`))
	add(find(KindIPv4, "[network]", nil, `\b((?:192\.168|172\.(?:1[6-9]|2\d|3[01])|10\.\d{1,3})(?:\.\d{1,3})?(?:\.[x*])+)`, `\b(192\.168\.\d{1,5})(?:[^\d.]|\.\D|\.?$)`))
	add(find(KindIPv4, "[reverse name]", func(v, _ string) bool { return !reservedReverse(v) }, `\b((?:\d{1,3}\.){3,4}in-addr\.arpa)`, `\b((?:[0-9a-f]\.){4,32}ip6\.arpa)`))
	add(find(KindIPv4, "[index]", oidIndex, `\b(?:\.?1\.[03]\.(?:6\.1|8802)(?:\.\d+){3,}?)\.((?:\d{1,3}\.){3,}\d{1,3})\b`))
	add(find(KindIPv6, "", privateV6, `(?:^|[^0-9a-z:.])([0-9a-f:]*:[0-9a-f:]*:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*(?:%[a-z0-9._-]+)?(?:/\d{1,3}\b)?)`))
	add(find(KindMAC, "", privateMAC, `(?:^|[^0-9a-z:])((?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})(?:$|[^0-9a-z:]|:\D)`, `\b((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\b`, `\b([0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})\b`,
		`\b([0-9a-f]{6}[-:][0-9a-f]{6})\b`, `\b([0-9a-f]{12})\b`, `\b((?:[0-9a-f]{2} ){5}[0-9a-f]{2})\b`))
	add(find(KindMAC, "[hardware address]", longOctets, `\b((?:[0-9a-f]{1,2}:){6,}[0-9a-f]{1,2})\b`, `Hex-STRING:\s*((?:[0-9a-f]{2} ){3,}[0-9a-f]{2})`))
	add(find(KindSerial, "[id]", notZero, `\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`, `engine[-_ ]?id["']?[\s:=]*(?:hex-string:)?\s*(?:0x)?((?:[0-9a-f]{2}[: ]?){5,})`))

	// Names.
	add(find(KindEmail, "", privateMail, `([a-z0-9._%+-]+(?:@|\s*[\[({]at[\])}]\s*)[a-z0-9-]+(?:(?:\.|\s*[\[({]dot[\])}]\s*)[a-z0-9-]+)+)`))
	add(find(KindUser, "", account, `(?:^|[^\w./@%+-])([a-z][a-z0-9._-]*@[a-z][a-z0-9-]*)(?:$|[^\w.@/-]|\.(?:\s|$))`))
	add(find(KindHost, "", privateHost, `((?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+))\b`))

	// SNMP and other credentials.
	add(find(KindSecret, "", real, `communi(?:ty|ties)(?:[-_ ](?:string|name))?["']?\s*(?:=>|[:=])\s*\[?`+value, `(?:\br[ow]|auth|trap)community6?\s+`+value, `snmp(?:-server|-agent)?\s+community(?:\s+(?:read|write|r[ow]))?\s+`+value,
		`com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+`+value, `(?:trap2?sink|informsink)\s+\S+\s+`+value, `\bsnmp\w+\s[^|\n]*?-c\s*`+value, `\bsnmp\w+\s[^|\n]*?(?-i:-A)\s*`+value, `\bsnmp\w+\s[^|\n]*?(?-i:-X)\s*`+value,
		`createuser\s+\S+\s+\w+\s+`+value+`(?:\s+\w+\s+`+value+`)?`, `snmp://([^@/\s]+)@`, `snmp-server\s+host\s+\S+\s+(?:(?:community|traps|informs|version|1|2c)\s+)+`+value, `(?:auth|priv)(?:entication|acy)?[-_ ]?(?:pass\w*|key|secret)["']?\s*[:=]\s*`+value))
	add(find(KindSecret, "", unusual, `community\s+(?:string\s+|name\s+)?(?:is\s+|was\s+)?`+value, `\b(?:auth|priv)\s+(?:md5|sha\S*|des|aes\S*)\s+(?:\d+\s+)?`+value))
	add(find(KindSecret, "", saidWord, `community\s+(?:string|name)\s+(?:is|was)\s+`+value))
	keys := `(?:pass(?:word|wd|phrase|code|hash|key)?|pwd|secret|psk|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|preshared[-_ ]?key|licen[sc]e[-_ ]?key|credentials?|session(?:id)?|\bsid|\bpw|kennwort|passwort|haslo|mot de passe|contrasena|parola)`
	add(find(KindSecret, "", real, keys+`(?:[-_]?(?:hash|value|text|string|id|\d+|ro|rw))?["']?\s*=>?\s*`+value, keys+`["']\s*:\s*`+value, `[?&;](?:\w*(?:pass\w*|token|secret|key|pwd|session\w*)|sig|sid|auth|code)=([^&\s"'<>#]+)`,
		`(?:sshpass\s+-p|redis-cli[^|\n]*?\s-a|ldapsearch[^|\n]*?\s-w|ipmitool[^|\n]*?\s-P)\s*`+value, `\s--(?:[\w-]*pass\w*|token|secret|api-?key|psk)[= ]`+value, `(?:mysql|mariadb)\S*\s[^|\n]*?-p([^\s"'-][^\s"']*)`,
		`(?:curl|wget|http)\s[^|\n]*?(?:-u|--user)\s*["']?[^\s:]+:([^\s"']+)`, `authorization["']?\s*[:=]\s*["']?(?:basic|bearer|token|digest)?\s*([^\s"',;]+)`, `cookie["']?\s*:\s*[\w.-]+=([^\s;"']+)`,
		`pveapitoken=([^\s"']+)`, `x-[\w-]*(?:token|key):\s*([^\s"']+)`, `(otpauth://[^\s"'<>]+)`, `plaintext\s+`+value, `\b(?:secret|password)\s+\d\s+`+value, `smbclient[^|\n]*?-U\s*[^\s%]+%(\S+)`,
		`-----BEGIN ([A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY)`, `-----BEGIN ([A-Z ]*PRIVATE KEY)-----`, `(\$(?:1|2[aby]?|5|6|7|y|apr1|argon2\w*)\$[^\s:"']{8,})`, `(\{S?SHA\d*\}[A-Za-z0-9+/=]{8,})`))
	add(find(KindSecret, "", unusual, keys+`s?(?:\s+(?:for|of|to|on)\s+(?:\S+\s+){1,4}?(?:is|was)|\s+(?:is|was|to|lautet)|:)?\s+`+value, `\b(?:bearer|basic)\s+([a-z0-9+/=_.~-]{8,})`, `echo\s+["']?\w+:([^\s"'|]+)["']?\s*\|\s*chpasswd`,
		`\b(?:login|credentials?|account)\s*:?\s+[\w.@-]+\s*[/:]\s*([^\s,;/:]+)`, `(?:^|[\s"'=(])[A-Za-z][\w.-]*:([^\s@/:"']{4,})@[\w.-]+`))
	add(find(KindSecret, "", nil, `\bpin(?:\s+code)?["']?\s*(?:[:=]|is|was)?\s*["']?(\d{4,8})\b`, `\bbearer\s+([\w-]+\.[\w-]+\.[\w-]+)`, `\b(?:auth|priv)key\s*[:=]?\s*(0x[0-9a-f]{8,})`))
	add(find(KindSecret, "", saidWord, `\b(?:wpa\d?|wep|wi-?fi|wlan|psk|network|hotspot)[^\n:=]{0,24}\bkey\s*[:=]\s*`+value, `\bcommunity\s+([\w.-]+)\s+(?:is\s+|was\s+)?(?:rejected|refused|denied|failed|wrong|from\s+\d)`))
	add(find(KindSecret, "", saidWord, `\b(?:pass(?:word|phrase|code)|pwd|pin)\s+(?:is|was|to|ist|war)\s+(?:still\s+|now\s+)?`+value, `(?m)^\W*(?:[\w.-]*[-_.])?`+keys+`\s*:\s*`+value+`\W*$`))
	add(find(KindSecret, "", nil, `[a-z][a-z0-9+.-]*://([^/\s@"'<>:]*:[^/\s@"'<>]+)@`, `((?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+)\s+AAAA[A-Za-z0-9+/=]{16,})`))
	add(find(KindSecret, "", func(v, _ string) bool { return v != strings.ToLower(v) && v != strings.ToUpper(v) }, `SHA256:([A-Za-z0-9+/]{43}=?)`))
	add(find(KindSecret, "", drawn, `\b([A-Za-z0-9][A-Za-z0-9_+=-]{15,}(?:\n[ >]*[A-Za-z0-9_+=-]{16,})?)`, `\b([A-Za-z0-9+/]{40,}={0,2})`))
	add(find(KindSecret, "", nil, `\b((?:gh`+`[posur]_|github`+`_pat_|glp`+`at-|xox`+`[bpa]-|AK`+`IA|hv`+`s\.)[A-Za-z0-9_-]{10,})`))

	// Wi-Fi, hardware.
	add(find(KindSSID, "", named, `\b[be]?ssid["']?\s*[:=]\s*`+value, `\bwi-?fi\s+(?:connect|hotspot)\s+`+value, `\biw\s+(?:dev\s+)?\S+\s+connect\s+`+value, `(?:wl|wi-?fi|ssid|wpa)[^\n]*?(?:connected|associated?|associate)\s+(?:to|with)\s+(?:"([^"\n]+)"|'([^'\n]+)')`, `\bssid\s+(?:"([^"\n]+)"|'([^'\n]+)')`, `\b(?:wi-?fi|wlan|wireless)(?:\s+network)?\s+(?:named\s+|called\s+)?(?:"([^"\n]+)"|'([^'\n]+)')`))
	add(find(KindSSID, "", func(v, b string) bool { return unusual(v, b) || unicode.IsUpper(rune(v[0])) && v != strings.ToUpper(v) }, `\bssid\s+([\w.-]+)`))
	add(find(KindSerial, "", numberPlate, `\b(?:\w*serial(?:[-_ ]?(?:number|no\.?|num|nr\.?|#|short))?|\bs/?n\b|(?:service|asset)[-_ ]?tag|express\s+service\s+code|imei|imsi|meid|iccid|system[-_ ]?uuid|machine[-_ ]?id)(?:num)?(?:\.\d+)?["']?\s*(?:[:=#]|is)?\s*(?:STRING:\s*)?`+value,
		`\bwwn[-:= ]*((?:0x)?[0-9a-f]{16})`, `\b(?:ata|scsi|nvme|usb)-[\w.+-]*?_([A-Z0-9-]{6,})\b`))

	// People.
	add(find(KindUser, "", person, `\bfor\s+(?:invalid\s+user\s+|illegal\s+user\s+)?(\S+)\s+from\s`, `\b(?:invalid|illegal)\s+user\s+(\S+)`, `session\s+(?:opened|closed)\s+for\s+user\s+`+value, `\bsudo(?:\[\d+\])?:\s+(\S+)\s*:`,
		`(?m)^\s*[-dlcbps][-rwxst]{9}[+@.]?\s+\d+\s+(\S+)\s+(\S+)\s`, `\b(?:[\w.]*[-_])?(?:user(?:[-_ ]?name)?|login|owner|account|author|real[-_ ]?name|full[-_ ]?name)["']?\s*(?:[:=]|=>)\s*`+value, `[?&](?:user(?:name)?|login)=([^&\s"'<>#]+)`,
		`\b[ug]id=\d+\(([\w.-]+)\)`, `\bchown\s+(?:-\w+\s+)*([\w.-]+)(?::([\w.-]+))?\s`, `\bsu\s+(?:-|-l)\s+([\w.-]+)`, `\b(?:useradd|adduser|userdel|passwd)\s+(?:-\S+\s+)*([a-z][\w.-]*)\s*$`, `\bsnmp\w+\s[^|\n]*?-u\s*`+value, `\bsecurityname\s*[:=]?\s*`+value,
		`\b(?:login|logged\s+in|sign(?:ed)?\s+in|whoami)(?:\s+as)?\s*:\s*`+value, `\b(?:login|logged\s+in|signed\s+in)\s+as\s+`+value, `\b(?:crontab|sudo|runuser)\b[^|\n]*?\s-u\s+`+value, `\buser\s+([\w.-]+)\s+logged`, `(?:^|\s)~([a-z_][\w-]*)/`))
	add(find(KindUser, "[name]", person, `(?m)\b(?:sys)?contact(?:\.0|[-_ ]?name)?["']?\s*[:=]\s*(?:STRING:\s*)?["']?([^\s"'\n][^"'\n,;}]*)`, `(?m)\bsyscontact\s+["']?([^\s"'=:\n][^"'\n]*)`))
	add(find(KindUser, "[phone number]", func(v, _ string) bool {
		d := onlyDigits(v)
		return len(d) >= 8 && !strings.HasPrefix(d, "155501")
	}, `(?:^|[^\w.+-])(\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6})\b`))

	// Places.
	add(find(KindLocation, "", nil, `(?:^|[^\d.])([-+]?\d{1,2}\.\d{3,}\s*[,;/ ]\s*[-+]?\d{1,3}\.\d{3,})`, `([-+]?\d{1,3}(?:\.\d+)?\s*°[\d\s.'′’"″]*[NSEWO]\b(?:[\s,;]*[-+]?\d{1,3}(?:\.\d+)?\s*°[\d\s.'′’"″]*[NSEWO]\b)?)`,
		`\b([NS]\s?\d{1,2}[.°]\s?\d{2,}\S*[,;\s]+[EWO]\s?\d{1,3}[.°]\s?\d{2,}\S*)`, `\b(?:lat|lon|lng|long)(?:itude)?["']?\s*[:=]?\s*([-+]?\d{1,3}\.\d{2,})`, `\b([23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3})\b`,
		`(?-i:\b(\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w'.-]*\s+){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Way|Court|Close|Square|Place|Boulevard|Terrace|Crescent|Parkway)\b))`,
		`(?-i:\b([A-Z][\w-]*?(?:stra[sß]s?e|str\.|weg|gasse|platz|allee|ufer|damm)\s+\d{1,4}\s?[a-z]?)\b)`, `(?-i:\b((?:ul|al|pl)\.\s*[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*\s+\d+\w*|\d+,?\s+(?:bis\s+)?rue\s+[A-Za-z' -]+|(?:Via|Calle|Rua)\s+[A-Z][\w' -]*,?\s+\d+))`))
	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) }, `(?m)\b(?:sys|snmp)[-_]?location(?:\.0)?["']?\s*(?:[:=]\s*)?(?:STRING:\s*)?["']?([^\s"'=:\n][^"'\n]*)`))
	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) && titled(v) }, `(?m)\b(?:location|address|city|town|street|standort)["']?\s*[:=]\s*["']?([^\s"'\n][^"'\n]*)`))

	add(find(KindLocation, "", func(v, _ string) bool { return !plainPlace(v) && !stand(v) }, `\blocation["']?\s*(?:[:=]|=>)\s*(?:"([^"\n]+)"|'([^'\n]+)')`))

	// Files.
	add(find(KindPath, "", owner, `(/(?:home|Users|export/home|volume\d+/homes|var/mail|run/media)/[^/\s"'<>:|)\]`+"`"+`]+)`))
	add(find(KindPath, "[path]", owner, `([a-z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}[^\s"'<>|]+)`, `(\\\\[a-z0-9._$-]{2,}\\[^\s"'<>|]+)`, `((?:smb|cifs|nfs|afp|sftp|rsync|ftp|scp)://[^\s"'<>)\]]+)`, `((?:/root/|[^\s"'=(]*\.(?:ssh|gnupg|kube|aws)/)[^\s"'<>|)\]]+)`,
		`\b(?:rsync|scp|mount)\s[^|\n]*?((?:[\w.-]+@)?[a-z0-9][\w.-]*:/[^\s"']+)`, `(?:^|[\s"'=(])([a-z][\w.-]+:/(?:export|volume\d*|mnt|srv|home|share|data|backup|nfs)[^\s"']*)`))
	add(find(KindPath, "[path]", func(v, _ string) bool { return owner("smb:"+v, "") }, `(?:^|[\s"'(])(//[a-z0-9][\w.-]+/[\w$.-]+)`))
	return all
}
