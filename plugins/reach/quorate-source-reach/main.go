// Command quorate-source-reach is the source "reach" as a plugin of its own.
package main

import (
	"github.com/quorate/quorate/plugins/reach"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(reach.New()) }
