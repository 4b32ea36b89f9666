// Command quorate-source-librenms is the LibreNMS source as a program of its own.
package main

import (
	"github.com/quorate/quorate/plugins/librenms"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(librenms.New()) }
