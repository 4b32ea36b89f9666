// Command quorate-source-snmp-direct is the SNMP source as a program of its own.
package main

import (
	"github.com/quorate/quorate/plugins/snmp-direct"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(snmpdirect.New()) }
