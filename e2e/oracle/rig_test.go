package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"text/template"
)

// rig is one agent's place with all that is around it: the oracle, the receivers, the judge.
type rig struct {
	t      testing.TB
	dir    string
	seed   uint64
	rand   *rand.Rand
	ledger *ledger
	mouth  *mouth
	judge  *judge
	// What reaches the outside: by the API's live stream, the webhook and the file.
	stream  *inbox
	webhook *receiver
	file    *fileSink
	// quorate is the binary, and environment what it is started with beside the clean one.
	quorate     string
	environment []string
	sum         string // of the plugin
	// How the webhook sends and the file sink keeps what is rotated.
	batch, compress bool
	count           counts
	closers         []func()
}

// cleanup has f run when the rig is closed, or the test ends: the last one first.
func (r *rig) cleanup(f func()) { r.closers = append(r.closers, f) }

// close ends all that is around the agent and removes its folder.
func (r *rig) close() {
	for _, f := range slices.Backward(r.closers) {
		f()
	}
	r.closers = nil
}

// counts is what a run saw, for the rules by which it is void and for the table.
type counts struct {
	starts, judged, recoveries int
	points                     map[string]int // how often the agent ended at a crash point
}

// newRig makes a place for the agent and starts what is around it.
func newRig(t testing.TB, seed uint64, binary string, l load) *rig {
	t.Helper()
	// Short: the path of a socket takes about 100 characters.
	dir, err := os.MkdirTemp("", "oracle-")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, seed: seed, rand: rand.New(rand.NewPCG(seed, 0)), ledger: newLedger(seed, l), quorate: binary, count: counts{points: map[string]int{}}}
	t.Cleanup(r.close)
	r.cleanup(func() { _ = os.RemoveAll(dir) })
	r.mouth = &mouth{ledger: r.ledger, asked: make(chan struct{}, 1), obeyed: map[string]int{}}
	r.mouth.serve(r, dir)
	r.stream, r.webhook = newInbox("stream"), newReceiver(r)
	r.file = newFileSink(dir)
	if err := os.Mkdir(filepath.Dir(r.file.path), 0o700); err != nil {
		t.Fatal(err)
	}
	r.environment = append(r.environment, "HUB_SECRET="+hubSecret)
	r.judge = &judge{ledger: r.ledger, dir: r.data()}
	program, err := os.ReadFile(built.plugin)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.plugin(), program, 0o700); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(program)
	r.sum = hex.EncodeToString(sum[:])
	r.batch, r.compress = r.rand.IntN(2) == 0, r.rand.IntN(2) == 0
	r.configure()
	t.Logf("seed %d: QUORATE_SEED=%d repeats it", seed, seed)
	return r
}

func (r *rig) data() string   { return filepath.Join(r.dir, "data") }
func (r *rig) plugin() string { return filepath.Join(r.dir, "quorate-source-oracle") }
func (r *rig) config() string { return filepath.Join(r.dir, "quorate.hcl") }

var configuration = template.Must(template.New("").Parse(`agent {
  name     = "oracle"
  data_dir = "{{ .Data }}"
  listen   = "127.0.0.1:0"
}
{{ range .Feeds }}
source "oracle" "{{ . }}" {
  command  = "{{ $.Plugin }}"
  sha256   = "{{ $.Sum }}"
  interval = "{{ $.Interval }}"
  timeout  = "2s"
  config {
    feed = "{{ . }}"
  }
}
{{ end }}
sink "webhook" "hub" {
  url         = "{{ .URL }}"
  secret      = env("HUB_SECRET")
  batch_mode  = {{ .Batch }}
  timeout     = "1s"
  retry_first = "20ms"
  retry_most  = "200ms"
}

sink "file" "{{ .FileName }}" {
  path        = "{{ .File }}"
  max_size    = "64KiB"
  keep        = 0
  compress    = {{ .Compress }}
  retry_first = "20ms"
  retry_most  = "200ms"
}
`))

// configure writes the agent's configuration.
func (r *rig) configure() {
	r.t.Helper()
	f, err := os.OpenFile(r.config(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	var feeds []string
	for i := range r.ledger.load.feeds {
		feeds = append(feeds, fmt.Sprintf("feed-%d", i))
	}
	if err := configuration.Execute(f, map[string]any{"Data": r.data(), "Plugin": r.plugin(), "Sum": r.sum, "Feeds": feeds, "Interval": r.ledger.load.interval,
		"URL": r.webhook.url, "Batch": r.batch, "File": r.file.path, "FileName": fileSinkName, "Compress": r.compress}); err != nil {
		r.t.Fatal(err)
	}
}
