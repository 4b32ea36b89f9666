package snmpdirect

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// inMemory is a socket that an agent answers at once: no network, no goroutine.
type inMemory struct {
	at      netip.AddrPort
	agent   *snmpagent.Agent
	replies [][]byte
}

func (c *inMemory) send(b []byte) error {
	if r := c.agent.Answer(b); r != nil {
		c.replies = append(c.replies, r)
	}
	return nil
}

func (c *inMemory) receive(b []byte, _ time.Time) (int, netip.AddrPort, error) {
	if len(c.replies) == 0 {
		return 0, c.at, os.ErrDeadlineExceeded
	}
	n := copy(b, c.replies[0])
	c.replies = c.replies[1:]
	return n, c.at, nil
}

func (*inMemory) close() {}

// community is the access to a v2c agent that nobody sends anything to.
var community = access{
	host: "127.0.0.1", port: 9, transport: "udp", credential: Credential{Version: "v2c", Community: "public"}, timeout: time.Second,
}

// TestWalkIsWholeOrFails: of any recording, and from an agent that cuts and refuses in any way, a walk gives exactly the
// columns that were asked for, or an error.
func TestWalkIsWholeOrFails(t *testing.T) {
	s, err := open(t.Context(), community, &peer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	rapid.Check(t, func(t *rapid.T) {
		const table = ".1.3.6.1.4.1.32473.1.1."
		rec := snmpagent.NewRecording()
		columns := rapid.IntRange(1, 25).Draw(t, "columns")
		want := make([]string, columns)
		roots := make([]string, columns)
		for c := range columns {
			roots[c] = fmt.Sprintf("%s%d", table, c+1)
			rows := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 300), 0, 40, rapid.ID).Draw(t, "rows")
			for _, r := range rows {
				if err := rec.Add(fmt.Sprintf("%s.%d.%d", roots[c], r, c), snmpagent.Int(int64(r))); err != nil {
					t.Fatal(err)
				}
			}
		}
		for line := range strings.Lines(written(t, rec)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "|2|")
			for c, root := range roots {
				if index, ok := below("."+name, root); ok {
					want[c] += index + "=" + value + " "
				}
			}
		}
		if rapid.Bool().Draw(t, "something follows") {
			if err := rec.Add("1.3.6.1.4.1.32473.2.0", snmpagent.Int(1)); err != nil {
				t.Fatal(err)
			}
		}
		faults := snmpagent.Faults{
			MaxVarbinds: rapid.SampledFrom([]int{0, 0, 1, 7, 30}).Draw(t, "at most varbinds"),
			MaxSize:     rapid.SampledFrom([]int{0, 0, 100, 484}).Draw(t, "tooBig above"),
			Bulk:        rapid.SampledFrom([]snmpagent.BulkMode{snmpagent.BulkProper, snmpagent.BulkProper, snmpagent.BulkIgnored, snmpagent.BulkAsNext, snmpagent.BulkGenErr}).Draw(t, "bulk"),
			Drop:        rapid.SampledFrom([]float64{0, 0, 0, 0.05}).Draw(t, "drop"),
		}
		agent := snmpagent.New(rec, snmpagent.Options{Seed: rapid.Uint64().Draw(t, "seed"), MaxSize: rapid.SampledFrom([]int{484, 1400}).Draw(t, "cut at")})
		agent.SetFaults(faults)
		s.socket, s.peer = &inMemory{at: s.at, agent: agent}, &peer{}
		s.codec.Version = rapid.SampledFrom([]gosnmp.SnmpVersion{gosnmp.Version2c, gosnmp.Version2c, gosnmp.Version1}).Draw(t, "version")
		got, err := s.walk(roots)
		if err != nil {
			if faults.Drop == 0 {
				t.Fatalf("no datagram was lost: %v", err)
			}
			return
		}
		have := make([]string, columns)
		for c, cells := range got {
			for _, x := range cells {
				have[c] += fmt.Sprintf("%s=%v ", x.index, x.value)
			}
		}
		if d := cmp.Diff(want, have); d != "" {
			t.Fatalf("-recorded +walked\n%s", d)
		}
	})
}

func written(t *rapid.T, rec *snmpagent.Recording) string {
	var b strings.Builder
	if _, err := rec.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompareNames(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{".1.3.6", ".1.3.6", 0}, {".1.3.6", ".1.3.6.1", -1}, {".1.3.10", ".1.3.9", 1}, {"1.3", ".1.3", 0}, {"4294967295", "4294967294.9", 1}, {"", "1", -1},
	} {
		if got := compareNames(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := compareNames(tt.b, tt.a); got != -tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.b, tt.a, got, -tt.want)
		}
	}
}
