package librenms

import "strings"

// The classes of alerts.
const (
	classReachability = "reachability"
	classManagement   = "management"
	classInterface    = "interface"
	classStorage      = "storage"
	classEnvironment  = "environment"
	classPower        = "power"
	classCompute      = "compute"
	classService      = "service"
	classOther        = "other"
)

// ruleWords tell the class of an alert by its rule's name, the more special ones first: owners name their rules
// themselves.
var ruleWords = []struct{ word, class string }{
	{"snmp", classManagement}, {"poller", classManagement}, {"discovery", classManagement},
	{"icmp", classReachability}, {"ping", classReachability}, {"unreachable", classReachability}, {"device down", classReachability},
	{"device status", classReachability}, {"devices up/down", classReachability}, {"reboot", classReachability}, {"restarted", classReachability},
	{"port", classInterface}, {"interface", classInterface}, {"link", classInterface}, {"ifoper", classInterface},
	{"storage", classStorage}, {"disk", classStorage}, {"raid", classStorage}, {"volume", classStorage},
	{"ups", classPower}, {"battery", classPower}, {"power", classPower}, {"psu", classPower}, {"voltage", classPower},
	{"cpu", classCompute}, {"processor", classCompute}, {"memory", classCompute}, {"mempool", classCompute}, {"load", classCompute},
	{"temperature", classEnvironment}, {"humidity", classEnvironment}, {"fan", classEnvironment}, {"sensor", classEnvironment},
	{"service", classService}, {"http", classService}, {"bgp", classService}, {"certificate", classService},
}

// classOf guesses the class of an alert from the name of its rule.
func classOf(rule string) string {
	lower := strings.ToLower(rule)
	for _, w := range ruleWords {
		if i := strings.Index(lower, w.word); i >= 0 && (i == 0 || !letter(lower[i-1])) {
			return w.class
		}
	}
	return classOther
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' }

// classOfAll is the class of an alert about these components, classOther where they do not agree.
func classOfAll(components []string) string {
	class := ""
	for _, c := range components {
		k, _, _ := strings.Cut(c, ":")
		if of := classOfKind(k); class == "" || class == of {
			class = of
		} else {
			return classOther
		}
	}
	return class
}

// classOfKind is the class of an alert about a component of that kind.
func classOfKind(k kind) string {
	switch k {
	case kindPort:
		return classInterface
	case kindDisk, kindRAID, kindVolume:
		return classStorage
	case kindPSU, kindUPS:
		return classPower
	case kindCPU, kindMemory:
		return classCompute
	case kindFan, kindTemperature:
		return classEnvironment
	case kindService:
		return classService
	}
	return classOther
}
