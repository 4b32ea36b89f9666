// Command quorate-source-exec is the source "exec" as a plugin of its own.
package main

import (
	execsource "github.com/quorate/quorate/plugins/exec"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(execsource.New()) }
