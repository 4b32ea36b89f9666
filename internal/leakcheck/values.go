package leakcheck

import (
	"net/netip"
	"strings"
)

// placeholder reports values that stand for a secret and are none.
func placeholder(value string) bool {
	low := strings.ToLower(strings.Trim(value, `"'`))
	if low == "" || strings.Trim(low, "*x.-_…•#?") == "" || strings.HasSuffix(low, "=") && strings.Trim(low, "abcdefghijklmnopqrstuvwxyz_-") == "=" {
		return true
	}
	switch low[0] {
	case '<', '[', '(':
		return true
	case '{': // a template; "{SSHA}..." is a password's hash
		return strings.HasPrefix(low, "{{") || strings.HasPrefix(low, "{%") || strings.HasSuffix(low, "}")
	case '$': // a variable; "$6$..." is a password's hash
		return strings.Count(low, "$") < 3
	case '%':
		return len(low) < 4
	}
	for _, p := range []string{"env(", "file(", "var.", "local.", "env.", "env:", "getenv", "os.getenv", "process.env", "secret(", "vault:", "!secret", "!vault", "!env",
		"your-", "your_", "my-secret", "example", "changeme", "change-me", "replace", "redacted", "@@"} {
		if strings.HasPrefix(low, p) {
			return true
		}
	}
	return placeholders[low]
}

var placeholders = set(`null nil none true false yes no on off env file var password passphrase secret token community string redacted removed masked hidden unset empty
	required optional sensitive default value text unknown n/a na tbd todo passhash apikey key login user username name here placeholder dummy
	plain plaintext encrypted hash hashed md5 sha1 sha256 basic bearer digest ssid bool int integer number object list map array`)

// harmlessValue reports documentation values in whatever place.
func harmlessValue(value string) bool {
	low := strings.ToLower(strings.Trim(value, `"'`))
	if harmlessName(low) || roleName(low) || strings.HasPrefix(low, "example-") {
		return true
	}
	if a, err := netip.ParseAddr(low); err == nil {
		return harmlessAddr(a)
	}
	if user, host, ok := strings.Cut(low, "@"); ok && harmlessName(host) && !strings.Contains(user, ":") {
		return true
	}
	return false
}

// mixed reports a value of more than one kind of character, as secrets are and words are not.
func mixed(value string) bool {
	letters, digits, signs := false, false, false
	for i := range len(value) {
		switch {
		case isDigit(value[i]):
			digits = true
		case isAlpha(value[i]):
			letters = true
		default:
			signs = true
		}
	}
	return letters && digits || digits && signs || letters && signs
}

// secretLike reports values that are no word of a sentence: with digits among letters, signs inside, or capitals in
// the middle.
func secretLike(value string) bool {
	// What closes a sentence or an emphasis behind a word is not inside it.
	value = strings.TrimRight(value, "*:;,.!?)")
	if len(value) < 4 || versionLike(value) {
		return false
	}
	digits, letters, inner, signs := 0, 0, 0, 0
	for i := range len(value) {
		switch ch := value[i]; {
		case isDigit(ch):
			digits++
		case isAlpha(ch):
			letters++
			if isUpper(ch) && i > 0 {
				inner++
			}
		case ch == '-' || ch == '_':
			signs++
		default:
			return digits > 0 && letters > 0 || strings.ContainsAny(value, "!#$%^&*+=~")
		}
	}
	switch {
	case digits == len(value):
		return digits >= 8
	case digits > 0 && letters > 0:
		return true
	case inner > 0 && letters > inner+1:
		return true
	}
	// Two words with a hyphen are a compound of English ("read-only") as often as a community.
	return signs > 0 && !compounds[strings.ToLower(value)]
}

var compounds = set(`read-only read-write write-only read_only rw-only ro-only pre-shared well-known long-lived short-lived built-in sign-in log-in plug-in case-sensitive
	one-time two-factor so-called self-signed clear-text plain-text hard-coded per-device per-user end-to-end time-based token-based up-to-date out-of-date
	v1-only v2-only string-only read-only-mode left-over re-used set-up look-up roll-over opt-in opt-out auto-generated user-supplied in-memory on-disk base64-encoded url-encoded hex-encoded`)

func versionLike(value string) bool {
	low := strings.TrimPrefix(strings.ToLower(value), "v")
	return low != "" && strings.Trim(low, "0123456789.") == "" && strings.Contains(low, ".") || len(value) <= 4 && strings.HasPrefix(strings.ToLower(value), "v")
}

// tokenLike is for keys that are also words of prose: "token: expired".
func tokenLike(value string) bool {
	return secretLike(value) || len(value) >= 16 && !strings.ContainsAny(value, " ")
}

// longToken is for values a few words behind the key.
func longToken(value string) bool {
	for _, algorithm := range []string{"sha", "curve", "aes", "ecdh", "chacha", "rsa"} {
		if strings.Contains(strings.ToLower(value), algorithm) {
			return false
		}
	}
	return len(value) >= 12 && classes(value) >= 2 && !strings.ContainsAny(value, "/.:") && random(value+value)
}

// notPredicate is for "the password is X": X is the password unless it says something about it.
func notPredicate(value string) bool {
	low := strings.ToLower(value)
	if secretLike(value) {
		return true
	}
	if len(low) < 4 || predicates[low] || compounds[low] || strings.HasSuffix(low, "ed") || strings.HasSuffix(low, "ing") || strings.HasSuffix(low, "able") || strings.HasSuffix(low, "ible") || strings.HasSuffix(low, "ly") {
		return false
	}
	return strings.Trim(low, "abcdefghijklmnopqrstuvwxyz'") == ""
}

var predicates = set(`wrong right correct incorrect invalid valid missing empty blank weak strong short long good bad known unknown public private secret safe unsafe
	optional mandatory same different new old gone lost there here ready needed never always only also just still that this these those what
	where when which then than like more most less least enough identical unique common default plain clear text plaintext set reset sent
	kept held read written shown hidden given taken forgotten chosen broken stolen mine yours theirs ours stale fresh fine okay true false
	null none part used about above below case from with without over under into onto both either neither because required expired rejected
	accepted rotated stored encrypted hashed changed masked removed redacted replaced generated disabled enabled denied your their her his its
	our the and not yet now too very string strings word words phrase value values field key keys file files environment something anything nothing everything
	someone everyone nobody blog post notes secrets passwords tokens longer shorter case-sensitive easy hard difficult simple complex random static dynamic
	made found left shared obsolete deprecated absent present cached global local unset`)

func notKeyword(value string) bool {
	switch strings.ToLower(value) {
	case "version", "traps", "trap", "informs", "community", "1", "2c", "3", "v1", "v2c", "v3", "auth", "noauth", "priv", "md5", "sha", "sha256", "aes", "des", "authpriv", "authnopriv",
		"noauthnopriv", "access", "read", "write", "udp-port", "and", "or", "is", "with", "are", "for", "was", "protocol", "key", "keys", "password", "passwords", "aes-128", "aes-256", "aes128", "aes192", "aes256",
		"128", "192", "256", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512", "not", "failed", "works", "only", "to", "the", "in", "on":
		return false
	}
	return true
}

func notVersion(value string) bool {
	switch strings.ToLower(value) {
	case "1", "2c", "3", "v1", "v2c", "v3", "n", "count":
		return false
	}
	return !strings.HasPrefix(value, "-") && len(value) > 1
}

func notFlag(value string) bool { return !strings.HasPrefix(value, "-") && notPredicateWord(value) }

func notPredicateWord(value string) bool {
	low := strings.ToLower(value)
	return !predicates[low] && low != "flag" && low != "option" && low != "argument" && low != "is" && low != "and" && low != "or"
}

func credentials(value string) bool {
	_, pass, ok := strings.Cut(value, ":")
	return ok && pass != "" && !placeholder(pass) && strings.Trim(pass, "0123456789") != "" || ok && len(pass) > 5
}

// credentialPair is a name and a secret before an at sign, without a scheme in front.
func credentialPair(value string) bool {
	user, pass, _ := strings.Cut(value, ":")
	return strings.ToLower(user) != "mailto" && secretLike(pass)
}

// bearer is for what follows "Bearer" or "Basic": a token rather than "authentication".
func bearer(value string) bool { return secretLike(value) || strings.Count(value, ".") > 1 }

// personal reports names of people rather than of services.
func personal(value string) bool {
	low := strings.ToLower(value)
	if strings.ContainsAny(low, "@/=") || strings.Trim(low, "0123456789.,-") == "" || len(low) < 2 {
		return false
	}
	return !genericUsers[low] && !predicates[low] && !stopWords[low] && !roles[low] && !articles[low]
}

// personalWord is personal in running text, where an ordinary word may stand in the same place.
func personalWord(value string) bool {
	low := strings.ToLower(value)
	return personal(value) && len(low) > 2 && !strings.HasSuffix(low, "ed") && !strings.HasSuffix(low, "ing") && !strings.HasSuffix(low, "er") && !articles[low]
}

var articles = set(`the a an is are was were be been being it he she they we i you nobody somebody anyone who one each every any some all no none and or but if so as
	by in on at to of for from with permissions access management interface accounts experience name names id ids data input agent group groups logins sessions
	successfully already last never once twice automatically manually defined based friendly facing visible readable`)

// personName is what stands behind a contact field: anything but a word for nobody.
func personName(value string) bool {
	low := strings.ToLower(strings.TrimSpace(value))
	low = strings.Trim(low, "<>()\"' ")
	if at := strings.LastIndexByte(low, '@'); at >= 0 && !strings.Contains(low, " ") && harmlessName(low[at+1:]) {
		return false
	}
	first, _, _ := strings.Cut(low, " ")
	return low != "" && !genericUsers[low] && !stopWords[low] && !placeholder(low) && !predicates[first] && !articles[first] && len(low) > 2
}

func wifiName(value string) bool {
	low := strings.ToLower(value)
	return !stopWords[low] && !predicates[low] && !articles[low] && len(low) > 1
}

// wifiLike is for prose: "SSID broadcast" names none.
func wifiLike(value string) bool {
	return secretLike(value) && wifiName(value) || len(value) > 2 && isUpper(value[0]) && value != strings.ToUpper(value) && wifiName(value)
}

// serialLike has digits and is no small number and no date.
func serialLike(value string) bool {
	digits := 0
	for i := range len(value) {
		if isDigit(value[i]) {
			digits++
		} else if !isAlpha(value[i]) && value[i] != '-' && value[i] != '_' && value[i] != '/' && value[i] != '.' {
			return false
		}
	}
	return len(value) >= 5 && digits > 0 && !versionLike(value)
}

// serialLoose is for a labelled field, where anything that is no word will do.
func serialLoose(value string) bool {
	return serialLike(value) || len(value) >= 6 && value == strings.ToUpper(value) && !predicates[strings.ToLower(value)]
}

func place(value string) bool {
	value = strings.TrimSpace(value)
	return len(value) > 2 && !genericPlace(value) && !placeholder(value) && !predicates[strings.ToLower(value)]
}

// placeStrict is for keys that are also ordinary words ("location: left of the door", "address: 192.0.2.1").
func placeStrict(value string) bool {
	value = strings.TrimSpace(value)
	if !place(value) || harmlessValue(value) || len(value) > 60 || strings.Contains(value, "://") || strings.HasPrefix(value, "/") {
		return false
	}
	for word := range strings.FieldsSeq(value) {
		word = strings.Trim(word, ".,;:()")
		if word == "" || isDigit(word[0]) {
			continue
		}
		if word[0] < 0x80 && !isUpper(word[0]) {
			return false
		}
	}
	return isUpper(value[0]) && !strings.ContainsAny(value[:1], "0123456789")
}

func plusCode(value string) bool {
	return strings.ContainsAny(value, "23456789") && strings.ContainsAny(value, "CFGHJMPQRVWX") && value == strings.ToUpper(value)
}

func phone(value string) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, value)
	return len(digits) >= 8 && len(digits) <= 15 && !strings.HasPrefix(digits, "155501")
}

var homeOwners = set(`example user username users quorate public default shared all you me runner ubuntu debian pi vagrant linuxbrew guest youruser name git`)

func homeOwner(value string) bool {
	low := strings.ToLower(value)
	return !homeOwners[low] && !placeholder(value) && strings.Trim(low, ".*") != ""
}

// shareURL reports shares on a host that is none of the documentation.
func shareURL(value string) bool {
	_, rest, _ := strings.Cut(value, "://")
	host, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	host, _, _ = strings.Cut(host, ":")
	return !harmlessValue(host) && !publicHost(strings.ToLower(host)) && host != "" && !placeholder(host) && strings.ToLower(host) != "host" && strings.ToLower(host) != "server"
}

// shareHost reports a host of a share that is none of the documentation.
func shareHost(value string) bool { return shareURL("smb://" + value) }

// remotePath reports host:/path on a host that is none of the documentation.
func remotePath(value string) bool { return shareURL("scp://" + strings.Replace(value, ":/", "/", 1)) }

// evenDots reports four numbers of an address with one sign between all of them.
func evenDots(value string) bool {
	signs := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return ' '
		}
		return r
	}, value)
	fields := strings.FieldsFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	for _, f := range fields {
		if len(f) > 3 || len(f) == 3 && f > "255" {
			return false
		}
	}
	seps := strings.Fields(signs)
	for _, s := range seps {
		if s != seps[0] {
			return false
		}
	}
	return len(fields) == 4 && (len(seps) == 0 || len(seps) == 3) && !strings.HasPrefix(value, "192.168.")
}
