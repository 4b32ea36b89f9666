package lab

import (
	"fmt"
	"slices"
	"strings"
)

// Canary is in every secret that the fakes send as text: a test can look for it in whatever must not hold one.
const Canary = "CANARY"

// CanaryDigits begins every secret that the fakes send as a number, such as the port of a device's SNMP agent. It is
// longer than any number that means something.
const CanaryDigits = "4816248161"

// SecretFields are the keys under which LibreNMS sends what must not outlive decoding: the credentials of each device
// and how its agent is asked, in the list, in the row of one device and in the details of the alert log. The fake puts
// a canary under each.
func SecretFields() []string {
	return []string{"community", "authname", "authpass", "authalgo", "authlevel", "cryptopass", "cryptoalgo", "snmpver", "port", "transport",
		"timeout", "retries"}
}

// secret is the canary under one of SecretFields.
func secret(name string, id int) any {
	if i := slices.Index([]string{"port", "timeout", "retries"}, name); i >= 0 {
		return 481624816100 + i
	}
	return fmt.Sprintf("%s-%s-%d", Canary, name, id)
}

// Leaks returns what of the fakes' secrets is in text, "" where nothing is.
func Leaks(text string) string {
	for _, c := range []string{Canary, CanaryDigits} {
		if i := strings.Index(text, c); i >= 0 {
			return text[i:min(i+60, len(text))]
		}
	}
	return ""
}
