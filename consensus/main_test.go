package consensus

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain tells fewer stories under the race detector, where nobody asks for a number of them.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if raced && !asked {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
