package snmpagent

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"
)

// knob is a fault that has a name: NAME or NAME=VALUE.
type knob struct {
	name, value, help string // a knob without value is on or off
	set               func(f *Faults, value string) error
}

// knobs are all faults that can be written, in the order in which they are told.
var knobs = []knob{
	flag("silent", "answer nothing", func(f *Faults) *bool { return &f.Silent }),
	{"drop", "SHARE", "leave this share of requests unanswered, 0 to 1", func(f *Faults, v string) (err error) {
		f.Drop, err = strconv.ParseFloat(v, 64)
		if err == nil && !(f.Drop >= 0 && f.Drop <= 1) {
			err = fmt.Errorf("%q is not between 0 and 1", v)
		}
		return err
	}},
	duration("delay", "wait before each answer; requests queue up", func(f *Faults) *time.Duration { return &f.Delay }),
	duration("jitter", "wait up to so much longer, by chance", func(f *Faults) *time.Duration { return &f.Jitter }),
	duration("late", "answer so much later, without holding up what comes next", func(f *Faults) *time.Duration { return &f.Late }),
	tree("slow", "the table that slow-by holds up", func(f *Faults) *OID { return &f.Slow }),
	duration("slow-by", "wait so long for each value of the table slow", func(f *Faults) *time.Duration { return &f.SlowBy }),
	{"status", "NAME", "answer with an error: tooBig, noSuchName, genErr, noAccess, resourceUnavailable, authorizationError", setStatus},
	number("index", "the error index of status", func(f *Faults) *int { return &f.Index }),
	flag("right-index", "the error index is where the error is", func(f *Faults) *bool { return &f.RightIndex }),
	tree("under", "only what is below it meets status", func(f *Faults) *OID { return &f.Under }),
	number("datagram", "send no datagram with more octets", func(f *Faults) *int { return &f.Datagram }),
	number("max-size", "answer tooBig to a GETBULK whose answer has more octets", func(f *Faults) *int { return &f.MaxSize }),
	number("max-varbinds", "cut the answer to a GETBULK to so many values", func(f *Faults) *int { return &f.MaxVarbinds }),
	number("fewer", "leave so many values out of each answer", func(f *Faults) *int { return &f.Fewer }),
	{"bulk", "MODE", "what becomes of GETBULK: ignored, next (as GETNEXT) or genErr", setBulk},
	tree("repeat", "walks begin anew within it", func(f *Faults) *OID { return &f.Repeat }),
	tree("stuck", "walks do not move on within it", func(f *Faults) *OID { return &f.Stuck }),
	tree("endless", "walks find rows within it for ever", func(f *Faults) *OID { return &f.Endless }),
	tree("hidden", "it is not there", func(f *Faults) *OID { return &f.Hidden }),
	tree("missing", "noSuchObject in place of its values", func(f *Faults) *OID { return &f.Missing }),
	tree("sparse", "every other row of it is not there", func(f *Faults) *OID { return &f.Sparse }),
	tree("flicker", "every other row of it comes and goes", func(f *Faults) *OID { return &f.Flicker }),
	tree("retyped", "its numbers are text, its text is a number", func(f *Faults) *OID { return &f.Retyped }),
	tree("emptied", "its text is empty", func(f *Faults) *OID { return &f.Emptied }),
	{"request-id", "N", "add so much to the request id of each answer", func(f *Faults, v string) error {
		n, err := strconv.ParseUint(v, 10, 32)
		f.RequestID = uint32(n)
		return err
	}},
	flag("other-port", "answer from another port", func(f *Faults) *bool { return &f.OtherPort }),
	{"other-addr", "ADDRESS", "answer from another address, such as 127.0.0.2", func(f *Faults, v string) (err error) {
		f.OtherAddr, err = netip.ParseAddr(v)
		return err
	}},
	flag("twice", "send each answer twice", func(f *Faults) *bool { return &f.Twice }),
	flag("stale", "send the answer before it first", func(f *Faults) *bool { return &f.Stale }),
	flag("swap", "send every two answers in the wrong order", func(f *Faults) *bool { return &f.Swap }),
	{"truncate", "N", "cut each datagram after so many octets", func(f *Faults, v string) error {
		n, err := strconv.ParseUint(v, 10, 16)
		f.Mutate = Truncate(int(n))
		return err
	}},
	{"malform", "KIND", "break the encoding: " + malformNames(), func(f *Faults, v string) error {
		if !slices.Contains(Malforms(), Malform(v)) {
			return fmt.Errorf("there is no %q: the kinds are %s", v, malformNames())
		}
		f.Malform = Malform(v)
		return nil
	}},
}

// ParseFaults adds faults written as "drop=0.1", "delay=200ms" or "silent" to f, each as FaultHelp tells. "off" alone
// ends all faults before it, "NAME=off" one that takes no value.
func ParseFaults(f Faults, words ...string) (Faults, error) {
	for _, w := range words {
		if w == "off" {
			f = Faults{}
			continue
		}
		name, value, has := strings.Cut(w, "=")
		i := slices.IndexFunc(knobs, func(k knob) bool { return k.name == name })
		switch {
		case i < 0:
			return f, fmt.Errorf("there is no fault %.40q", name)
		case knobs[i].value != "" && !has:
			return f, fmt.Errorf("fault %q: write %s=%s", name, name, knobs[i].value)
		}
		if err := knobs[i].set(&f, value); err != nil {
			return f, fmt.Errorf("fault %q: %w", name, err)
		}
	}
	return f, nil
}

// FaultHelp lists the faults that ParseFaults knows, two texts each: how to write it, and what it does.
func FaultHelp() [][2]string {
	all := make([][2]string, 0, len(knobs))
	for _, k := range knobs {
		written := k.name
		if k.value != "" {
			written += "=" + k.value
		}
		all = append(all, [2]string{written, k.help})
	}
	return all
}

func flag(name, help string, at func(*Faults) *bool) knob {
	return knob{name, "", help, func(f *Faults, v string) error {
		*at(f) = v != "off"
		if v != "" && v != "off" && v != "on" {
			return fmt.Errorf("write %s, or %s=off", name, name)
		}
		return nil
	}}
}

func duration(name, help string, at func(*Faults) *time.Duration) knob {
	return knob{name, "DURATION", help, func(f *Faults, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return fmt.Errorf("%.40q is no duration: write 200ms or 5s", v)
		}
		*at(f) = d
		return nil
	}}
}

func number(name, help string, at func(*Faults) *int) knob {
	return knob{name, "N", help, func(f *Faults, v string) error {
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil {
			return fmt.Errorf("%.40q is no number between 0 and 65535", v)
		}
		*at(f) = int(n)
		return nil
	}}
}

func tree(name, help string, at func(*Faults) *OID) knob {
	return knob{name, "OID", help, func(f *Faults, v string) error {
		o, err := ParseOID(v)
		if err != nil {
			return err
		}
		*at(f) = o
		return nil
	}}
}

func setStatus(f *Faults, v string) error {
	names := map[string]gosnmp.SNMPError{
		"tooBig": gosnmp.TooBig, "noSuchName": gosnmp.NoSuchName, "genErr": gosnmp.GenErr, "noAccess": gosnmp.NoAccess,
		"resourceUnavailable": gosnmp.ResourceUnavailable, "authorizationError": gosnmp.AuthorizationError,
	}
	status, ok := names[v]
	if !ok {
		return fmt.Errorf("there is no error status %.40q", v)
	}
	f.Status = status
	return nil
}

func setBulk(f *Faults, v string) error {
	modes := map[string]BulkMode{"proper": BulkProper, "ignored": BulkIgnored, "next": BulkAsNext, "genErr": BulkGenErr}
	mode, ok := modes[v]
	if !ok {
		return fmt.Errorf("there is no %.40q: write ignored, next, genErr or proper", v)
	}
	f.Bulk = mode
	return nil
}

func malformNames() string {
	var names []string
	for _, m := range Malforms() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}
