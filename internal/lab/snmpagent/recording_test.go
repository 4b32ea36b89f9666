package snmpagent_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

func TestLoadSurvivesOddities(t *testing.T) {
	const text = "# a comment\r\n\n1.3.6.1.2.1.1.5.0|4|second|with | bars \r\n1.3.6.1.2.1.1.10.0|2|-1\n1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.8072.3.2.10\n" +
		"1.3.6.1.2.1.1.5.0|4|a duplicate\n1.3.6.1.2.1.4.20.1.1.192.0.2.1|64x|C0000201\n1.3.6.1.2.1.4.20.1.3.192.0.2.1|64|255.255.255.0\n" +
		"1.3.6.1.2.1.2.2.1.6.1|4x|00005e005301\n1.3.6.1.4.1.2021.10.1.6.1|68x|9f78043e9eb852\n1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615\n1.3.6.1.2.1.1.8.0|5|\n" +
		"iso.3.6|4|x\n1.3.6.1.2.1.1.4.0|4e|x\n1.3.6.1.2.1.1.6.0|64|router\n1.3.6.1.2.1.1.7.0|2|99999999999\nnonsense\n"
	const want = "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10\n1.3.6.1.2.1.1.5.0|4|second|with | bars \n1.3.6.1.2.1.1.8.0|5|\n1.3.6.1.2.1.1.10.0|2|-1\n" +
		"1.3.6.1.2.1.2.2.1.6.1|4x|00005e005301\n1.3.6.1.2.1.4.20.1.1.192.0.2.1|64|192.0.2.1\n1.3.6.1.2.1.4.20.1.3.192.0.2.1|64|255.255.255.0\n" +
		"1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615\n1.3.6.1.4.1.2021.10.1.6.1|68x|9f78043e9eb852\n"
	rec := load(t, text)
	if d := cmp.Diff(want, dump(t, rec)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := rec.Skipped(); len(got) != 5 || !strings.HasPrefix(got[0], "line 13: ") {
		t.Errorf("skipped: %q", got)
	}
}

func TestLoadRefusesVariationModules(t *testing.T) {
	if _, err := snmpagent.Load(strings.NewReader("1.3.6.1.2.1.1.3.0|67:numeric|rate=1\n")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v", err)
	}
}

// FuzzLoad: what loads can be written, and loads again to the same recording.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("2.999.1|6|1.3\n1.3|68|\n1.3.6|4x|\n1.3.6.1|4|\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := snmpagent.Load(bytes.NewReader(b))
		if err != nil {
			return
		}
		first := dump(t, rec)
		again, err := snmpagent.Load(strings.NewReader(first))
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Skipped()) > 0 {
			t.Fatalf("skipped of its own output: %q", again.Skipped())
		}
		if second := dump(t, again); first != second {
			t.Errorf("first\n%q\nsecond\n%q", first, second)
		}
	})
}
