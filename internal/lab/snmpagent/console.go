package snmpagent

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// order is a line that Do knows.
type order struct {
	name, args, help string
	do               func(a *Agent, args string) error
}

// orders are all of them, in the order in which they are told.
var orders = []order{
	{"fault", "NAME=VALUE ...", "misbehave from now on; \"fault off\" ends it", func(a *Agent, args string) error {
		if args == "" {
			return errors.New("which one? The list is above")
		}
		f, err := ParseFaults(a.Faults(), strings.Fields(args)...)
		if err == nil {
			a.SetFaults(f)
		}
		return err
	}},
	{"set", "OID=VALUE", "overlay a value; OID=TAG|VALUE gives it a type, as a .snmprec file does", (*Agent).setText},
	{"restore", "OID", "take back what set, remove and rate did to an object", (*Agent).Restore},
	{"remove", "OID", "take away an object and everything below it", (*Agent).Remove},
	{"rate", "OID=UNITS", "let a counter, or all below it, grow by so many units a second", func(a *Agent, args string) error {
		oid, value, _ := strings.Cut(args, "=")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("%.40q is no number: write OID=UNITS", value)
		}
		return a.SetRate(oid, n)
	}},
	{"wrap", "DURATION", "let all counters and uptimes that move pass their limits after it", func(a *Agent, args string) error {
		d, err := time.ParseDuration(args)
		if err != nil || d < 0 {
			return fmt.Errorf("%.40q is no duration: write 10s", args)
		}
		a.WrapIn(d)
		return nil
	}},
	{"reboot", "", "uptimes and counters at 0, one boot of the engine more", func(a *Agent, _ string) error {
		a.Reboot()
		return nil
	}},
	{"renumber", "N", "add N to every ifIndex, as some devices do when they restart", func(a *Agent, args string) error {
		n, err := strconv.ParseUint(args, 10, 31)
		if err != nil {
			return fmt.Errorf("%.40q is no number", args)
		}
		a.Renumber(uint32(n))
		return nil
	}},
}

// Do carries out one line of a person: an order and what belongs to it, as Help tells.
func (a *Agent) Do(line string) error {
	name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
	for _, o := range orders {
		if o.name == name {
			if err := o.do(a, strings.TrimSpace(args)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
	}
	return fmt.Errorf("there is no order %.40q: help lists them", name)
}

// Help lists the orders that Do knows, two texts each: how to write it, and what it does.
func Help() [][2]string {
	all := make([][2]string, 0, len(orders))
	for _, o := range orders {
		all = append(all, [2]string{strings.TrimSpace(o.name + " " + o.args), o.help})
	}
	return all
}

// setText overlays OID=VALUE with the type that the object has, or OID=TAG|VALUE with another one.
func (a *Agent) setText(args string) error {
	oid, text, ok := strings.Cut(args, "=")
	if !ok {
		return errors.New("write OID=VALUE")
	}
	o, err := ParseOID(strings.TrimSpace(oid))
	if err != nil {
		return err
	}
	tag, value, typed := strings.Cut(text, "|")
	if !typed {
		a.mu.Lock()
		i, known := findLive(a.live, o)
		if known {
			tag, value = strconv.Itoa(int(a.live[i].value.Tag)), text
		}
		a.mu.Unlock()
		if !known {
			return errors.New("there is no such object yet: write OID=TAG|VALUE, such as 2|5 for an INTEGER or 4|text for a string")
		}
	}
	v, err := parseValue(tag, value)
	if err != nil {
		return err
	}
	return a.Set(o.String(), v)
}
