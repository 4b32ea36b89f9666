package main

import (
	execsource "github.com/quorate/quorate/plugins/exec"
	"github.com/quorate/quorate/plugins/librenms"
	"github.com/quorate/quorate/plugins/prtg"
	"github.com/quorate/quorate/plugins/reach"
	snmpdirect "github.com/quorate/quorate/plugins/snmp-direct"
	"github.com/quorate/quorate/sdk"
)

// builtin is every source that the binary brings along. Each runs as a process of its own, like a third party's.
func builtin() map[string]func() sdk.Source {
	return map[string]func() sdk.Source{
		"exec":        execsource.New,
		"librenms":    func() sdk.Source { return librenms.New() },
		"prtg":        func() sdk.Source { return prtg.New() },
		"reach":       reach.New,
		"snmp-direct": snmpdirect.New,
	}
}
