package prtg

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/lab"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// TestLab is that the fake PRTG of the home lab, in whatever state, says the same by its tables and by its tree, and that
// a flawed tree changes nothing.
func TestLab(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opt   lab.PRTGOptions
		state func(w *lab.World, p *lab.PRTG) error
		flaw  lab.XMLFlaw
		tree  bool   // it is believed
		want  string // part of what is said in all
	}{
		{"all is well", lab.PRTGOptions{}, nil, lab.FlawNone, true, "68 devices: "},
		{"German", lab.PRTGOptions{German: true}, nil, lab.FlawNone, true, "readings response_time"},
		{"pages of two rows", lab.PRTGOptions{PageRows: 2}, nil, lab.FlawNone, true, "68 devices: "},
		{"an old release", lab.PRTGOptions{Version: "13.1.2.1234"}, nil, lab.FlawNone, true, "68 devices: "},
		{"a device is dead", lab.PRTGOptions{}, func(w *lab.World, _ *lab.PRTG) error { return w.Kill("nas-6") }, lab.FlawNone, true, "reach down 1, "},
		{"an agent is dead", lab.PRTGOptions{}, func(w *lab.World, _ *lab.PRTG) error { return w.StopAgent("nas-6") }, lab.FlawNone, true, "mgmt down 1, "},
		{"a disk is broken", lab.PRTGOptions{}, func(w *lab.World, _ *lab.PRTG) error { return w.Break("nas-7", "disk:2", "critical") }, lab.FlawNone, true, "health critical disk 1"},
		{"acknowledged", lab.PRTGOptions{Independent: true}, func(w *lab.World, p *lab.PRTG) error {
			err := w.Kill("nas-6")
			p.Acknowledge("nas-6", "part ordered")
			return err
		}, lab.FlawNone, true, "alerts critical"},
		{"partial, unusual, licence", lab.PRTGOptions{}, func(_ *lab.World, p *lab.PRTG) error {
			p.Show("nas-6", "Ping", 14, "down for one node")
			p.Show("nas-7", "", 10, "unusual")
			p.Show("camera-1", "", 11, "licence")
			p.Show("camera-2", "", 2, "collecting")
			return nil
		}, lab.FlawNone, true, "reach split 1"},
		{"paused", lab.PRTGOptions{}, func(_ *lab.World, p *lab.PRTG) error { p.Pause("nas-6", true); return nil }, lab.FlawNone, true, "paused 1"},
		{"a probe is gone", lab.PRTGOptions{}, func(_ *lab.World, p *lab.PRTG) error { p.DisconnectProbe("Remote Probe", true); return nil }, lab.FlawNone, true, "probe_disconnected"},
		{"sensors are hidden", lab.PRTGOptions{}, func(_ *lab.World, p *lab.PRTG) error { p.Hide("nas-6", "Ping"); return nil }, lab.FlawNone, false, "68 devices: "},
		{"its network is gone", lab.PRTGOptions{Independent: true}, func(_ *lab.World, p *lab.PRTG) error { p.LoseNetwork(true); return nil }, lab.FlawNone, true, "reach down 68"},
		{"ampersand", lab.PRTGOptions{}, nil, lab.FlawAmpersand, true, ""},
		{"entity", lab.PRTGOptions{}, nil, lab.FlawEntity, true, ""},
		{"NUL", lab.PRTGOptions{}, nil, lab.FlawNUL, true, ""},
		{"control character", lab.PRTGOptions{}, nil, lab.FlawControl, true, ""},
		{"charset", lab.PRTGOptions{}, nil, lab.FlawCharset, true, ""},
		{"less-than", lab.PRTGOptions{}, nil, lab.FlawLess, false, ""},
		{"unclosed", lab.PRTGOptions{}, nil, lab.FlawUnclosed, false, ""},
		{"cut off", lab.PRTGOptions{}, nil, lab.FlawCut, false, ""},
		{"HTML", lab.PRTGOptions{}, nil, lab.FlawHTML, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Date(2026, 1, 15, 10, 0, 30, 0, time.UTC)
			var passed atomic.Int64
			now := func() time.Time { return began.Add(time.Duration(passed.Load())) }
			world, err := lab.NewWorld(lab.Home(), now)
			if err != nil {
				t.Fatal(err)
			}
			tt.opt.APIToken = canary
			p := lab.NewPRTG(world, tt.opt)
			srv := httptest.NewServer(p)
			defer srv.Close()
			s := New()
			s.now = now
			if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"api_token":%q}`, srv.URL, canary))); err != nil {
				t.Fatal(err)
			}
			if tt.state != nil {
				if err := tt.state(world, p); err != nil {
					t.Fatal(err)
				}
			}
			passed.Store(int64(2 * time.Minute))
			tables, err := poll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			if got := words(tables, 0); !strings.Contains(got, tt.want) {
				t.Errorf("no %q in %s", tt.want, got)
			}
			p.SetXML(tt.flaw)
			tree, err := poll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			// What the flaw stands in may be a name: it comes back otherwise.
			named := cmp.FilterPath(func(p cmp.Path) bool {
				return strings.HasSuffix(p.String(), "Name") || strings.HasSuffix(p.String(), "Raw")
			}, cmp.Ignore())
			if tt.flaw == lab.FlawNone {
				named = cmp.Options{}
			}
			if diff := cmp.Diff(tables, tree, named); diff != "" {
				diff = sourcehttp.Cut(diff, 3000)
				t.Errorf("-tables +tree:\n%s", diff)
			}
			if believed := !s.choice.tree.at.IsZero(); believed != tt.tree {
				t.Errorf("the tree is believed: %v", believed)
			}
		})
	}
}
