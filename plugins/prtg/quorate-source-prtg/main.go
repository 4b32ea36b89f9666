// Command quorate-source-prtg is the PRTG source as a program of its own.
package main

import (
	"github.com/quorate/quorate/plugins/prtg"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(prtg.New()) }
