package leakcheck

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// rule finds a value by the words around it. Every capturing group of its pattern that took part is a value.
type rule struct {
	kind string
	// words: one of them must be in the line, in lower case, before the pattern is tried. "#name" is a shape that a
	// line must have; see shapes.
	words []string
	// near: nothing far before the word matters, so that the pattern need not be read from the beginning of the line.
	near bool
	// need is a cheap test that a line has to pass; nil asks for none.
	need func(line []byte) bool
	// also: one of these must be in the line too; nil asks for none.
	also []string
	re   *regexp.Regexp
	// lower: the pattern is in small letters and read over the text in small letters, which is several times faster
	// than a pattern for letters of any size.
	lower bool
	// ok judges a value; nil takes all that are no placeholders.
	ok func(value string) bool
}

// Pieces of patterns.
const (
	// anyValue is a value in quotes or a bare one.
	anyValue = `(?:\\?"([^"\\\n]+)\\?"|'([^'\n]+)'|([^\s"'` + "`" + `,;&{}\[\]()<>|\\]+))`
	// assign stands between a key and its value.
	assign = `["']?\s*(?::=|=>|[:=])\s*`
	// typed is what net-snmp prints before a value.
	typed = `(?:(?:STRING|Hex-STRING|OCTET STRING):\s*)?`
	// bare is a value without quotes and blanks.
	bare = `([^\s"'` + "`" + `,;&{}\[\]()<>|\\]+)`
)

func newRules() []rule {
	// words are those of a rule, and behind "&" those of which one is needed too.
	r := func(kind, words, pattern string, ok func(string) bool) rule {
		words, more, _ := strings.Cut(words, "&")
		r := rule{kind: kind, words: strings.Fields(words), also: strings.Fields(more), near: !strings.Contains(pattern, "^") && !strings.Contains(words, "#"), ok: ok}
		switch {
		case len(r.also) > 0:
		case strings.Contains(pattern, assign):
			r.also = []string{"=", ":"}
		case strings.Contains(pattern, `(?::=|=>|=)`):
			r.also = []string{"="}
		case strings.Contains(pattern, `\s*:\s*`):
			r.also = []string{":"}
		}
		if strings.Contains(pattern, "(?-i:") {
			r.re = regexp.MustCompile(`(?i)` + pattern)
			return r
		}
		r.re, r.lower = regexp.MustCompile(lowered(pattern)), true
		return r
	}
	rules := []rule{
		// SNMP.
		r("snmp_community", "community", `communi(?:ty|ties)(?:[-_ ]?(?:string|name))?`+assign+anyValue, nil),
		r("snmp_community", "communities", `communities`+assign+`\[\s*([^\]\n]+)`, nil),
		r("snmp_community", "community", `(?:\bro|\brw|auth|trap)community6?\s+`+anyValue, nil),
		r("snmp_community", "community", `\b(?:snmp-server|snmp-agent|snmp)\s+community(?:\s+(?:read|write|ro|rw))?\s+`+anyValue, nil),
		r("snmp_community", "community", `\bcommunity\s+(?:string|name)\s+(?:is|was|to|of|named|called)?\s*`+anyValue, notPredicate),
		r("snmp_community", "community", `\bcommunity\s+(?:"([^"\n]+)"|'([^'\n]+)'|`+"`([^`\n]+)`"+`)`, nil),
		r("snmp_community", "community", `\bcommuni(?:ty|ties)\s+(?:(?:is|was|to|called|named)\s+)?`+bare, secretLike),
		r("snmp_community", "community", `\bcommunity\s+`+bare+`\s+(?:is\s+|was\s+)?(?:rejected|refused|denied|failed|wrong|unknown\s+to|from\s+(?:host\s+)?[\d\[])`, notPredicate),
		r("username", "securityname", `\bsecurityname\s*[:=]?\s*`+anyValue, personal),
		r("snmp_community", "authkey privkey", `\b(?:auth|priv)key\s*[:=]?\s*(0x[0-9a-f]{8,})`, nil),
		r("snmp_community", "snmp-server snmp-agent", `\bhost\s+\S+\s+(?:(?:version|traps?|informs?|community|2c|1|v1|v2c)\s+)*`+anyValue, notKeyword),
		r("snmp_community", "com2sec", `\bcom2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+`+anyValue, nil),
		r("snmp_community", "trapsink trap2sink informsink", `\b(?:trap2?sink|informsink)\s+\S+\s+`+anyValue, nil),
		r("snmp_community", "snmp", `\bsnmp\w*\b[^|\n]*?\s(?-i:-c)\s*`+anyValue, notVersion),
		r("snmp_community", "snmp", `\bsnmp\w*\b[^|\n]*?\s(?-i:-A)\s*`+anyValue, nil),
		r("snmp_community", "snmp", `\bsnmp\w*\b[^|\n]*?\s(?-i:-X)\s*`+anyValue, nil),
		r("username", "snmp", `\bsnmp(?:get|walk|set|bulk|trap|table|inform|next|status)\w*\b[^|\n]*?\s-u\s*`+anyValue, personal),
		r("snmp_community", "snmp://", `\bsnmp://([^@/\s]+)@`, nil),
		r("snmp_community", "createuser", `\bcreateuser\s+(?:-e\s+\S+\s+)?\S+\s+(?:\w+\s+)?`+anyValue+`(?:\s+\w+\s+`+anyValue+`)?`, nil),
		r("username", "createuser", `\bcreateuser\s+(?:-e\s+\S+\s+)?(\S+)`, personal),
		r("username", "rouser rwuser", `\br[ow]user\s+(?:-s\s+\w+\s+)?`+bare, personal),
		r("snmp_community", "auth priv & md5 sha des aes", `\b(?:auth|priv)(?:\s+(?:md5|sha\S*|des|3des|aes\S*))\s+(?:\d+\s+)?`+anyValue, notKeyword),
		r("snmp_community", "auth priv", `\b(?:auth|priv|authentication|privacy|encryption|security)[-_ ]?(?:pass\w*|protocol[-_ ]?pass\w*|key|secret|phrase)`+assign+anyValue, nil),
		r("engine_id", "engine", `engine[-_ ]?id`+`["']?[\s:=]*`+typed+`(?:0x)?((?:[0-9a-f]{2}[: ]?){5,32})`, nil),

		// Passwords, tokens, keys.
		r("password_assignment", "pass pwd secret psk kennwort haslo contrasena parola heslo wachtwoord losenord", `(?:pass(?:word|wd|phrase|code|wort|hash|key|e)?|pwd|secret|psk|kennwort|haslo|contrasena|parola|heslo|wachtwoord|losenord)(?:[-_ ]?(?:\w{1,8}))?["']?\s*(?::=|=>|=)\s*`+anyValue, nil),
		r("password_assignment", "pass pwd secret psk kennwort haslo contrasena parola heslo wachtwoord losenord", `(?:pass(?:word|wd|phrase|code|wort|hash|key|e)?|pwd|secret|psk|kennwort|haslo|contrasena|parola|heslo|wachtwoord|losenord)(?:[-_]\w{1,8})?["']\s*:\s*`+anyValue, nil),
		r("password_assignment", "pass pwd secret psk kennwort haslo contrasena parola heslo wachtwoord losenord", `^\W*(?:[\w.-]*[-_.])?(?:pass(?:word|wd|phrase|code|wort|hash|key|e)?|pwd|secret|psk|kennwort|haslo|contrasena|parola|heslo|wachtwoord|losenord)\s*:\s*`+anyValue+`\W*$`, notPredicate),
		r("password_assignment", "pass pwd secret psk kennwort haslo contrasena parola heslo wachtwoord losenord", `(?:pass(?:word|wd|phrase|code|wort|hash|key|e)?|pwd|secret|psk|kennwort|haslo|contrasena|parola|heslo|wachtwoord|losenord)\s*:\s*`+anyValue, secretLike),
		r("password_assignment", "pass pwd secret pin kennwort", `\b(?:pass(?:word|wd|phrase|code|wort|hash|key)?s?|pwd|secret|pin|kennwort)\s+(?:(?:for|of|to|on|is)\s+(?:\S+\s+){1,4}?)?(?:is|was|to|are|were|ist|war|lautet|stays|became|remains|called)\s+(?:still\s+|now\s+|set\s+to\s+|changed\s+to\s+|just\s+)?`+anyValue, notPredicate),
		r("password_assignment", "pass pwd secret", `\b(?:pass(?:word|wd|phrase|code|hash|key)?|pwd|secret)\s+(?:"([^"\n]+)"|'([^'\n]+)'|`+"`([^`\n]+)`"+`)`, nil),
		r("password_assignment", "pass pwd secret", `\b(?:pass(?:word|wd|phrase|code|hash|key)?|pwd|secret)\s+(?:\d\s+)?`+bare, secretLike),
		r("password_assignment", "pw", `\bpw\s*[:=]\s*`+anyValue, nil),
		r("password_assignment", "pin", `\bpin(?:\s+code)?["']?\s*(?:[:=]|is|was)?\s*["']?(\d{4,8})\b`, nil),
		r("password_assignment", "key", `\b(?:wpa\d?|wep|wi-?fi|wlan|psk|network|encryption|hotspot)[^\n:=]{0,24}\bkey\s*[:=]\s*`+anyValue, notPredicate),
		r("password_assignment", "pass", `\b(?:user(?:name)?|login)\s*/\s*pass(?:word)?\s*[:=]?\s*([^\s/]+\s*/\s*[^\s,;]+)`, nil),
		r("password_assignment", "login credential account", `\b(?:login|credentials?|account)\s*:?\s+[\w.@-]+\s*[/:]\s*([^\s,;/:]+)`, secretLike),
		r("url_credentials", "@", `(?:^|[\s"'=(])([A-Za-z][\w.-]*:[^\s@/:"']{4,})@[\w.-]+`, credentialPair),
		r("password_assignment", "plaintext", `\bplaintext\s+`+anyValue, notPredicate),
		r("password_assignment", "password secret", `\b(?:password|secret)\s+(?:0|4|5|7|8|9|sha1|sha256|encrypted)\s+`+anyValue, nil),
		r("token", "token apikey api_key api-key key session cookie credential auth sid bearer signature license licence", `(?:token|api[-_ ]?key|access[-_ ]?key(?:[-_ ]?id)?|private[-_ ]?key|preshared[-_ ]?key|pre-shared[-_ ]key|encryption[-_ ]?key|license[-_ ]?key|licence[-_ ]?key|session(?:id)?|cookie|credentials?|x-auth-token|\bsid|signature|\botp|\bseed)`+assign+anyValue, tokenLike),
		r("token", "token key", `\b(?:token|api[-_ ]?key|key)\s+(?:is|was|to)?\s*(?:"([^"\n]+)"|'([^'\n]+)'|`+"`([^`\n]+)`|"+bare+`)`, secretLike),
		r("token", "token key hash & :", `(?:token|key|hash)[^:\n]{0,40}:\s*`+bare, longToken),
		r("token", "authorization", `authorization["']?\s*[:=]\s*["']?(?:basic|bearer|token|digest|negotiate)?\s*`+bare, nil),
		r("token", "bearer basic", `\b(?:bearer|basic)\s+([A-Za-z0-9+/=_.~-]{8,})`, bearer),
		r("token", "pveapitoken", `pveapitoken=`+bare, nil),
		r("token", "privatekey presharedkey private_key", `(?:private|preshared)_?key\s*=\s*`+anyValue, nil),
		r("token", "ssh- ecdsa-", `(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+|sk-\S+)\s+(AAAA[A-Za-z0-9+/=]{16,}(?:\s+\S+@\S+)?)`, nil),
		r("token", "sha256:", `SHA256:([A-Za-z0-9+/]{43}=?)`, func(v string) bool { return classes(v) == 3 }),
		r("password", "$", `(\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2\w*|pbkdf2\S*)\$[^\s:"']{8,})`, nil),
		r("password", "{ssha {sha {crypt {md5", `(\{(?:SSHA|SHA|CRYPT|MD5|SMD5)\d*\}[A-Za-z0-9+/=.$]{8,})`, nil),
		r("password", "sshpass", `\bsshpass\s+-p\s*`+anyValue, nil),
		r("password", "mysql mariadb mysqldump mysqladmin", `\b(?:mysql\w*|mariadb\S*)\b[^|\n]*?\s-p`+bare, notFlag),
		r("password", "curl wget http", `\b(?:curl|http|https)\b[^|\n]*?\s(?:-u|--user|-a|--auth)\s*["']?[^\s:"']+:`+bare, nil),
		r("password", "--pass --token --secret --api --key --psk", `\s--?(?:[\w-]*pass(?:word|phrase|wd)?|token|secret|api-?key|psk|auth-?key|access-?key)(?:=|\s+)`+anyValue, notFlag),
		r("password", "ldapsearch redis-cli ipmitool smbclient rpcclient htpasswd openssl", `\b(?:ldapsearch\b[^|\n]*?\s-w|redis-cli\b[^|\n]*?\s-a|ipmitool\b[^|\n]*?\s-P|htpasswd\s+-\w*b\w*\s+\S+\s+\S+)\s+`+anyValue, nil),
		r("password", "smbclient rpcclient mount.cifs", `\s-U\s*["']?[^\s%"']+%`+bare, nil),
		r("password", "chpasswd", `echo\s+["']?[^\s:"']+:([^\s"'|]+)`, nil),
		r("password", "login machine", `\blogin\s+\S+\s+password\s+`+anyValue, nil),
		r("url_credentials", "://", `://([^/\s@"'<>:]*:[^/\s@"'<>]+)@`, credentials),
		r("url_credentials", "://", `://([^/\s@"'<>:]{2,})@`, personal),
		r("url_credentials", "#query", `[?&;](?:[\w.-]*(?:pass(?:word|wd|hash|phrase)?|pwd|token|secret|api_?key|signature|session\w*)|key|sig|sid|auth|code|otp)=([^&\s"'<>#]+)`, nil),
		r("username", "#query", `[?&](?:user(?:name)?|login|email)=([^&\s"'<>#]+)`, personal),
		r("url_credentials", "otpauth", `(otpauth://[^\s"'<>]+)`, nil),
		r("token", "key-----", `-{5}BEGIN ([A-Z ]*PRIVATE KEY)-{5}`, nil),

		// Wi-Fi.
		r("ssid", "ssid", `\b[be]?ssid["']?\s*(?::=|=>|[:=])\s*`+anyValue, wifiName),
		r("ssid", "ssid", `\be?ssids?\s+(?:is\s+|was\s+|named\s+|called\s+)?(?:"([^"\n]+)"|'([^'\n]+)'|`+"`([^`\n]+)`"+`)`, wifiName),
		r("ssid", "ssid", `\be?ssids?\s+(?:is\s+|was\s+|named\s+|called\s+)?`+bare, wifiLike),
		r("ssid", "connect", `\bwi-?fi\s+(?:connect|hotspot)\s+(?:ssid\s+)?`+anyValue, wifiName),
		r("ssid", "wifi wi-fi wlan wireless", `\b(?:wi-?fi|wlan|wireless)(?:\s+(?:network|name|net|connection))?\s+(?:is\s+|named\s+|called\s+)?(?:"([^"\n]+)"|'([^'\n]+)')`, wifiName),

		r("ssid", "wl wifi wi-fi ssid wpa", `\b(?:connect(?:ed)?|associated?|trying\s+to\s+associate|roamed)\s+(?:to|with)\s+(?:ssid\s+)?(?:"([^"\n]+)"|'([^'\n]+)')`, wifiName),
		r("ssid", "iw ", `\biw\s+(?:dev\s+)?\S+\s+connect\s+`+anyValue, wifiName),

		// Hardware.
		r("serial", "serial", `\bserial(?:[-_ ]?(?:number|no\.?|num|nr\.?|#))?["']?\s*(?:[:=#]|is|=>)\s*`+typed+anyValue, serialLoose),
		r("serial", "serial", `\bserial(?:[-_ ]?(?:number|no\.?|num|nr\.?|#))?\s+`+bare, serialLike),
		r("serial", "serial", `serial\w*(?:\.\d+)*\s*=\s*`+typed+anyValue, serialLoose),
		r("serial", "#sn", `\b(?:s/n|sn)\b\s*[:=#]?\s*`+anyValue, serialLike),
		r("serial", "tag service", `\b(?:service|asset|express\s+service)[-_ ]?(?:tag|code)["']?\s*[:=#]?\s*`+typed+anyValue, serialLike),
		r("serial", "imei imsi meid iccid", `\b(?:imei|imsi|meid|iccid|msisdn)(?:sv)?["']?\s*[:=#]?\s*`+anyValue, serialLike),
		r("serial", "uuid machine-id product_", `\b(?:system[-_ ]?uuid|machine[-_ ]?id|hardware[-_ ]?uuid|product[-_ ]?(?:uuid|serial|key))["']?\s*[:=]?\s*`+anyValue, serialLike),
		r("serial", "wwn", `\bwwn(?:\s+device\s+id)?\s*[-:=]?\s*((?:0x)?[0-9a-f]{16}|[0-9a-f]\s+[0-9a-f]{6}\s+[0-9a-f]{9})`, nil),
		r("serial", "by-id ata- scsi- nvme- usb-", `\b(?:ata|scsi|nvme|usb)-[\w.+-]*?_([A-Za-z0-9-]{6,})\b`, serialLike),

		// People.
		r("username", "contact", `\b(?:sys)?contact(?:\.0|[-_ ]?(?:name|person))?["']?\s*(?:[:=]|=>)\s*`+typed+`["']?([^\s"'\n][^"'\n,;}]*)`, personName),
		r("username", "syscontact", `\bsyscontact\s+["']?([^\s"'=:\n][^"'\n]*)`, personName),
		r("username", "user login owner account logged uid author maintainer realname gecos", `\b(?:[\w.]*[-_])?(?:user(?:[-_ ]?name)?|login(?:[-_ ]?name)?|owner|account(?:[-_ ]?name)?|author|maintainer|real[-_ ]?name|gecos|first[-_ ]?name|last[-_ ]?name|full[-_ ]?name)`+assign+anyValue, personal),
		r("username", "publickey password keyboard", `\b(?:accepted|failed|postponed)\s+\S+\s+for\s+(?:invalid\s+user\s+|illegal\s+user\s+)?`+bare+`\s+from`, personal),
		r("username", "invalid disconnected closed connection user", `\b(?:invalid|illegal|authenticating|disconnected\s+from|from\s+authenticating)\s+user\s+`+bare, personal),
		r("username", "session", `\bsession\s+(?:opened|closed)\s+for\s+user\s+`+anyValue, personal),
		r("username", "session & new", `\bnew\s+session\s+\S+\s+of\s+user\s+`+bare, personal),
		r("username", "logged", `\b(?:user\s+)?`+bare+`\s+logged\s+(?:in|out)`, personalWord),
		r("username", "login logged log sign whoami", `\b(?:login|logged\s+in|log\s+in|sign\s+in|signed\s+in|whoami)(?:\s+as)?\s*:\s*`+anyValue, personal),
		r("username", "log sign & as", `\b(?:login|logged\s+in|log\s+in|sign\s+in|signed\s+in)\s+as\s+`+anyValue, personalWord),
		r("username", "crontab sudo runuser", `\b(?:crontab|sudo|runuser)\b[^|\n]*?\s-u\s+`+anyValue, personal),
		r("username", "tty pwd= command=", `\bsudo(?:\[\d+\])?:\s+`+bare+`\s*:`, personal),
		r("username", "rwx r-x rw- r-- --x", `^[\s|>]*[-dlcbps][-rwxsStT]{9}[+@.]?\s+\d+\s+(\S+)\s+(\S+)\s`, personal),
		r("username", "chown useradd usermod userdel adduser deluser passwd su gpasswd", `\b(?:chown(?:\s+-\w+)*\s+(\w[\w.-]*)(?::(\w[\w.-]*))?\s|(?:useradd|adduser|userdel|deluser|usermod)\b(?:\s+-\S+(?:\s+[^-\s]\S*)?)*?\s+(\w[\w.-]*)\s*$|\bsu\s+(?:-|-l)\s+(\w[\w.-]*))`, personal),
		r("username", "uid= gid=", `\b[ug]id=\d+\((\w[\w.-]*)\)`, personal),
		r("username", "user & for", `\bfor\s+user\s+`+anyValue, personalWord),
		r("username", "user= logname= rhost=", `\b(?:user|logname|ruser|rhost)=`+bare, personal),

		// Places.
		r("geolocation", "location", `\b(?:sys|snmp)[-_]?location(?:\.0)?["']?\s*(?:[:=]\s*)?`+typed+`["']?([^\s"'=:\n][^"'\n]*)`, place),
		r("geolocation", "location", `\blocation["']?\s*(?:[:=]|=>)\s*(?:"([^"\n]+)"|'([^'\n]+)')`, place),
		r("geolocation", "location address standort adresse city town street", `\b(?:location|address|standort|adresse|city|town|street|postal[-_ ]?code|zip[-_ ]?code)`+assign+`["']?([^\s"'\n][^"'\n]*)`, placeStrict),
		r("geolocation", "#decimals", `(?:^|[^\d.])([-+]?\d{1,2}\.\d{3,}\s*[,;/ ]\s*[-+]?\d{1,3}\.\d{3,})`, nil),
		r("geolocation", "°", `([-+]?\d{1,3}(?:\.\d+)?\s*°(?:\s*\d{1,2}(?:\.\d+)?\s*['′’](?:\s*\d{1,2}(?:\.\d+)?\s*(?:"|″|''|’’))?)?\s*[NSEW](?:[\s,;]*[-+]?\d{1,3}(?:\.\d+)?\s*°(?:\s*\d{1,2}(?:\.\d+)?\s*['′’](?:\s*\d{1,2}(?:\.\d+)?\s*(?:"|″|''|’’))?)?\s*[NSEWO])?)`, nil),
		r("geolocation", "#decimals °", `\b([NS]\s?\d{1,2}[.°]\s?\d{2,}\S*[,;\s]+[EWO]\s?\d{1,3}[.°]\s?\d{2,}\S*)`, nil),
		r("geolocation", "#decimals", `\b(?:lat(?:itude)?|lon(?:g|gitude)?|lng)["']?\s*[:=]?\s*["']?([-+]?\d{1,3}\.\d{2,})`, nil),
		r("geolocation", "geo:", `\bgeo:([-+]?\d+\.\d+,[-+]?\d+\.\d+)`, nil),
		r("geolocation", "#plus", `\b([23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3})\b`, plusCode),
		r("geolocation", "street st. road rd avenue ave lane drive way court close square place boulevard blvd terrace crescent parkway highway alley", `(?-i:\b(\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w'.-]*\s+){1,4}(?:Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Drive|Dr\.?|Way|Court|Ct\.?|Close|Square|Sq\.?|Place|Pl\.?|Boulevard|Blvd\.?|Terrace|Crescent|Parkway|Highway|Alley)\b))`, nil),
		r("geolocation", "stra weg gasse platz allee str. ring ufer damm", `(?-i:\b([A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|strase|str\.|weg|gasse|platz|allee|ring|ufer|damm|chaussee)\s+\d{1,4}\s?[a-z]?)\b)`, nil),
		r("geolocation", "strasse platz allee str. weg", `(?-i:\b([A-ZÄÖÜ][\wäöüß-]*[\s-](?:Straße|Strasse|Str\.|Weg|Gasse|Platz|Allee|Ring|Ufer|Damm)\s+\d{1,4}\s?[a-z]?)\b)`, nil),
		r("geolocation", "ul. al. pl. os. rue avenue via calle plaza", `(?-i:\b((?:ul|al|pl|os)\.\s*[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*\s+\d+\w*(?:/\d+)?|\d+,?\s+(?:bis\s+)?(?:rue|avenue|boulevard|place|chemin)\s+[A-Za-z' -]+|(?:Via|Viale|Piazza|Calle|Plaza|Avenida|Rua)\s+[A-Z][\w' -]*,?\s+\d+))`, nil),
		r("geolocation", "what3words w3w ///", `///([a-z]+\.[a-z]+\.[a-z]+)\b`, nil),
		r("phone", "+1 +2 +3 +4 +5 +6 +7 +8 +9", `(?:^|[^\w.+-])(\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6})\b`, phone),

		// Files.
		r("path", "/home/ /users/ /export/home/ /volume1/homes/ /var/mail/ /run/media/ /media/ /run/user/ /var/spool/cron", `(?:/export)?(?:/home|/Users|/volume\d+/homes|/var/mail|/var/spool/mail|/run/media|/var/spool/cron/crontabs)/([^/\s"'`+"`"+`<>:|)\]]+)[^\s"'`+"`"+`<>:|)\]]*`, homeOwner),
		r("path", `\users \documents`, `[a-z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}([^\\\s"'<>|:/]+)[^\s"'<>|]*`, homeOwner),
		r("path", "/root/", `(/root/[^\s"'`+"`"+`<>|)\]]+)`, nil),
		r("path", ".ssh/ .gnupg/ .kube/ .aws/ .netrc .pgpass", `([^\s"'`+"`"+`<>|=(\[]*\.(?:ssh|gnupg|kube|aws)/[^\s"'`+"`"+`<>|)\]]+|[^\s"'=(]*/\.(?:netrc|pgpass|my\.cnf))`, nil),
		r("path", "~", `(?:^|[\s"'=(])~([a-z_][a-z0-9_-]*)/`, personal),
		r("path", "smb:// cifs:// nfs:// afp:// sftp:// ssh:// scp:// rsync:// ftp:// dav://", `\b((?:smb|cifs|nfs|afp|sftp|rsync|ftp|davs?|scp)://[^\s"'`+"`"+`<>)\]]+)`, shareURL),
		r("path", "//", `(?:^|[\s"'(])//([A-Za-z0-9][\w.-]+)/[\w$.-]+`, shareHost),
		r("path", ":/", `(?:^|[\s"'=(])([A-Za-z][\w.-]+:/(?:export|volume\d*|mnt|srv|home|share|data|backup|nfs)[^\s"']*)`, remotePath),
		r("path", `\\`, `(?:^|[\s"'=(:])(\\\\[A-Za-z0-9._$-]{2,}\\[^\s"'<>|]+)`, nil),
		r("path", "rsync scp nfs mount", `\b(?:rsync|scp|mount(?:\.nfs)?)\b[^|\n]*?\s((?:[\w.-]+@)?[A-Za-z0-9][\w.-]*:/[^\s"']+)`, remotePath),
		r("path", ".pem .key .ppk .p12 .pfx .kdbx .ovpn", `(/(?:home|root|Users|srv|data|mnt|volume\d+|tmp)/[^\s"'<>|]+\.(?:pem|key|ppk|p12|pfx|kdbx|ovpn))\b`, nil),

		// Addresses in other dress.
		r("ipv4", "192", `(?:^|[^\d.])(192\s?[-_. ,]\s?168\s?[-_. ,]\s?\d{1,3}\s?[-_. ,]\s?\d{1,3})(?:\D|$)`, evenDots),
		r("ipv4", "172 100 169", `(?:^|[^\d.])((?:172[-_](?:1[6-9]|2\d|3[01])|100[-_](?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|169[-_]254)[-_]\d{1,3}[-_]\d{1,3})(?:[^\d_-]|$)`, evenDots),
		r("ipv4", "10", `(?:\b(?:ip|host|dhcp|client|static|dyn|pool|node|addr)[-_])(10[-_]\d{1,3}[-_]\d{1,3}[-_]\d{1,3})(?:[^\d_-]|$)`, evenDots),
		r("ipv4", "10 172 100", `(?:^|[^\d.])((?:10|172|100)\s\.\s\d{1,3}\s\.\s\d{1,3}\s\.\s\d{1,3})(?:\D|$)`, nil),
		r("ipv4", "0xc0a8 0xac1", `\b(0x(?:c0a8[0-9a-f]{4}|ac1[0-9a-f]{5}))\b`, nil),
		r("ipv4", "0xc0 0xac 0x0a 0xa", `\b(0x(?:c0|ac|0?a)\.0x[0-9a-f]{1,2}\.0x[0-9a-f]{1,2}\.0x[0-9a-f]{1,2})\b`, nil),
		r("ipv4", "hex-string: address:", `(?:Hex-STRING|Network Address):\s*((?:C0[ :]A8|0A[ :][0-9A-F]{2}|AC[ :]1[0-9A-F])[ :][0-9A-F]{2}[ :][0-9A-F]{2})\s*$`, nil),
	}
	for i := range rules {
		if slices.Contains(rules[i].words, "street") && !rules[i].lower {
			rules[i].need = houseNumber
		}
	}
	return rules
}

// houseNumber reports a number with a word in capitals behind it.
func houseNumber(line []byte) bool {
	for i := 1; i+1 < len(line); i++ {
		if line[i] == ' ' && isUpper(line[i+1]) && bytes.ContainsAny(line[max(0, i-3):i], "0123456789") {
			return true
		}
	}
	return false
}

// lowered takes a pattern to small letters but for its escapes: \S is not \s.
func lowered(pattern string) string {
	b := []byte(pattern)
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\':
			i++
		case isUpper(b[i]):
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// ruleset holds the rules with one matcher for all their words: most lines have none of them.
type ruleset struct {
	rules []rule
	words *matcher
	by    [][]int // word -> rules
	// shaped are rules for lines of a shape rather than with a word.
	shaped []shaped
}

type shaped struct {
	has   func(line []byte) bool
	rules []int
}

// shapes are cheap tests for patterns that no word announces.
var shapes = map[string]func(line []byte) bool{
	// #decimals: a number with three digits behind the point.
	"#decimals": func(line []byte) bool {
		for i := 1; i+3 < len(line); i++ {
			if line[i] == '.' && isDigit(line[i-1]) && isDigit(line[i+1]) && isDigit(line[i+2]) {
				return true
			}
		}
		return false
	},
	// #plus: a sign between letters or digits.
	"#plus": func(line []byte) bool { return between(line, '+') },
	// #query: the parameters of an address.
	"#query": func(line []byte) bool {
		return bytes.IndexByte(line, '=') > 0 && bytes.ContainsAny(line, "?&;")
	},
	"#sn": func(line []byte) bool {
		return bytes.Contains(line, []byte("s/n")) || bytes.HasPrefix(line, []byte("sn")) || bytes.Contains(line, []byte(" sn")) || bytes.Contains(line, []byte(`"sn"`))
	},
}

func between(line []byte, sign byte) bool {
	for i := 1; i+1 < len(line); i++ {
		if line[i] == sign && isAlnum(line[i-1]) && isAlnum(line[i+1]) {
			return true
		}
	}
	return false
}

func rulesetOf(rules []rule) ruleset {
	rs := ruleset{rules: rules}
	by := map[string][]int{}
	for i, r := range rs.rules {
		for _, w := range r.words {
			by[w] = append(by[w], i)
		}
	}
	var patterns []pattern
	for w, rules := range by {
		if has, ok := shapes[w]; ok {
			rs.shaped = append(rs.shaped, shaped{has, rules})
			continue
		}
		patterns = append(patterns, pattern{text: w})
	}
	rs.words = newMatcher(patterns)
	for _, p := range rs.words.patterns {
		rs.by = append(rs.by, by[p.text])
	}
	return rs
}

// longestLine bounds what the patterns are given at once; a longer line is read in overlapping pieces.
const longestLine = 8 << 10

// context runs the rules over a view, line by line.
func (rs *ruleset) context(v *view) []hit {
	var hits []hit
	wanted := make([]int, len(rs.rules)) // where a rule's first word ends, and one more; 0 where it has none
	for start := 0; start < len(v.lower); {
		end, next := len(v.lower), len(v.lower)
		if n := bytes.IndexByte(v.lower[start:], '\n'); n >= 0 {
			end, next = start+n, start+n+1
		}
		if end-start > longestLine {
			end, next = start+longestLine, start+longestLine-512
		}
		clear(wanted)
		some := false
		rs.words.walk(v.lower[start:end], func(word, at int) {
			some = true
			for _, i := range rs.by[word] {
				if wanted[i] == 0 {
					wanted[i] = at + 1
				}
			}
		})
		for _, sh := range rs.shaped {
			if sh.has(v.lower[start:end]) {
				some = true
				for _, i := range sh.rules {
					wanted[i] = 1
				}
			}
		}
		if some {
			hits = rs.piece(v, start, end, wanted, hits)
		}
		start = next
	}
	return hits
}

// nearBy is how far before its word a rule may begin.
const nearBy = 80

func (rs *ruleset) piece(v *view, line, end int, wanted []int, hits []hit) []hit {
	for i := range rs.rules {
		r := &rs.rules[i]
		if wanted[i] == 0 || r.need != nil && !r.need(v.cased[line:end]) {
			continue
		}
		if len(r.also) > 0 && !slices.ContainsFunc(r.also, func(w string) bool { return bytes.Contains(v.lower[line:end], []byte(w)) }) {
			continue
		}
		start := line
		if r.near && wanted[i] > nearBy+32 {
			start += wanted[i] - nearBy - 32
			for start > line && isAlnum(v.lower[start-1]) { // not in the middle of a word
				start--
			}
		}
		cased := v.cased[start:end]
		text := cased
		if r.lower {
			text = v.lower[start:end]
		}
		for _, m := range r.re.FindAllSubmatchIndex(text, -1) {
			for g := 2; g+1 < len(m); g += 2 {
				if m[g] < 0 || m[g] == m[g+1] {
					continue
				}
				value := strings.TrimRight(string(cased[m[g]:m[g+1]]), ".,:;!?")
				if value == "" || placeholder(value) || r.kind == "password_assignment" && strings.HasPrefix(value, "/") || harmlessValue(value) || r.ok != nil && !r.ok(value) {
					continue
				}
				from, to := m[g], m[g]+len(value)
				if r.kind == "path" { // the owner's name is in it, and the whole of it is what must go
					from, to = m[0], m[1]
				}
				hits = append(hits, hit{r.kind, start + from, start + to})
			}
		}
	}
	return hits
}
