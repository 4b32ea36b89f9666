package oracle

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// layer compiles testdata/powerloss.c.
func layer(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "powerloss.so")
	cmd := exec.Command("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", path, "testdata/powerloss.c", "-ldl", "-lpthread")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile the layer: %v\n%s", err, out)
	}
	return path
}

// power is the layer below one agent's database.
type power struct {
	rig     *rig
	library string
	journal string
	faults  []byte // the page that the layer reads
	// unsynced is how many writes were not durable when the power failed, dropped how many pieces of them were lost.
	unsynced, dropped int
}

func newPower(r *rig, library string) *power {
	r.t.Helper()
	p := &power{rig: r, library: library, journal: filepath.Join(r.dir, "power.journal")}
	f, err := os.Create(p.control())
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(4096); err != nil {
		r.t.Fatal(err)
	}
	if p.faults, err = syscall.Mmap(int(f.Fd()), 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED); err != nil {
		r.t.Fatal(err)
	}
	r.cleanup(func() { _ = syscall.Munmap(p.faults) }) // the page is not used any more: the agents' ends come before
	return p
}

func (p *power) control() string { return filepath.Join(p.rig.dir, "power.faults") }

// What can be wrong with the disk while the agent runs: the place in the page of faults.
const (
	diskFull = 0
	noSync   = 1
)

// set makes a fault begin or end.
func (p *power) set(fault int, on bool) {
	p.faults[fault] = 0
	if on {
		p.faults[fault] = 1
	}
}

// failed is how many calls a fault has made fail.
func (p *power) failed(fault int) int {
	return int(binary.LittleEndian.Uint64(p.faults[8+8*fault:]))
}

// start starts the agent above the layer. The power fails behind that many entries of the journal, 0 for never.
func (p *power) start(cut int, env ...string) *agent {
	p.rig.t.Helper()
	if err := os.RemoveAll(p.journal); err != nil {
		p.rig.t.Fatal(err)
	}
	return p.rig.start(append(env, "LD_PRELOAD="+p.library, "POWER_DIR="+p.rig.data(), "POWER_JOURNAL="+p.journal, "POWER_FAULTS="+p.control(), fmt.Sprintf("POWER_CUT=%d", cut))...)
}

// fail starts the agent, lets the power fail while it works and puts in the folder's place what that leaves.
func (p *power) fail() {
	r := p.rig
	r.t.Helper()
	before := p.remember()
	// The first entries are of the start; one round in four ends among them.
	cut := 1 + r.rand.IntN(2500)
	if r.rand.IntN(4) == 0 {
		cut = 1 + r.rand.IntN(120)
	}
	a := p.start(cut)
	if !a.killed(20 * time.Second) {
		a.kill() // so many entries do not come: this is as good a moment
	}
	p.lose(before)
}

// remember reads the folder, all of which is durable before an agent starts.
func (p *power) remember() map[string][]byte {
	p.rig.t.Helper()
	before, err := onDisk(p.rig.data())
	if err != nil {
		p.rig.t.Fatal(err)
	}
	return before
}

// lose puts in the folder's place what the power loss leaves that ended the agent.
func (p *power) lose(before map[string][]byte) {
	r := p.rig
	r.t.Helper()
	journal, err := os.ReadFile(p.journal)
	if err != nil {
		r.t.Fatalf("seed %d: the layer kept no journal: %v", r.seed, err)
	}
	d, err := replay(before, journal)
	if err == nil {
		err = d.lose(r.rand, before, r.data())
	}
	if err != nil {
		r.t.Fatalf("seed %d: %v", r.seed, err)
	}
	p.unsynced, p.dropped = p.unsynced+d.unsynced, p.dropped+d.dropped
}

// TestPowerLoss lets the power fail at random moments, between any two writes.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	library := layer(t)
	unsynced, dropped := 0, 0
	y := run(t, "power loss", *lossRounds,
		func(seed uint64) *rig { return newRig(t, seed, built.agent, everyDay()) },
		func(r *rig, rounds int) {
			p := newPower(r, library)
			p.losses(rounds)
			unsynced, dropped = unsynced+p.unsynced, dropped+p.dropped
		})
	y.more = fmt.Sprintf("%d writes were not durable when the power failed; %d sectors of them were lost.", unsynced, dropped)
	if y.acked < 4*y.rounds || dropped < 5*y.rounds {
		t.Errorf("void: %d polls called durable in %d rounds, %d sectors lost", y.acked, y.rounds, dropped)
	}
}

func (p *power) losses(rounds int) {
	r := p.rig
	r.t.Helper()
	for i := range rounds {
		r.webhook.behave([]int{0, 50}[r.rand.IntN(2)])
		p.fail()
		what := fmt.Sprintf("power loss %d", i)
		r.examine(what)
		r.tear()
		if i%10 == 9 || i == rounds-1 {
			r.recover(what)
		}
	}
}

// tear does to the file sink's file what the power loss may have done that the judge has just looked at.
func (r *rig) tear() {
	r.t.Helper()
	if err := r.file.tear(r.rand, r.judge.filed); err != nil {
		r.t.Fatalf("seed %d: %v", r.seed, err)
	}
}

// TestPowerLossIsSeen is the control: from an agent that differs in nothing but that SQLite does not wait for the disk with
// each commit, as it does by default with a write-ahead log in Go's usual driver, the same harness sees observations lost.
func TestPowerLossIsSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t, newSeeds(t).take(), careless(t), everyDay())
	p := newPower(r, layer(t))
	for i := range 20 {
		p.fail()
		odd, err := r.judge.look(r.t.Context(), filepath.Join(r.dir, "scratch"))
		if err != nil {
			t.Fatal(err)
		}
		if n := slices.IndexFunc(odd, func(s string) bool { return strings.HasPrefix(s, "LOST") }); n >= 0 {
			t.Logf("after %d power losses the judge says: %s", i+1, odd[n])
			return
		}
		r.fail("a power loss that should cost observations and nothing else", odd)
		if info, err := os.Stat(filepath.Join(r.data(), "quorate.db")); err == nil && info.Size() == 0 {
			t.Logf("after %d power losses nothing at all is left of the record", i+1) // the next agent would say so and not start
			return
		}
	}
	t.Errorf("seed %d: void: 20 power losses cost nothing, although no commit waited for the disk", r.seed)
}

// careless builds the agent with synchronous=NORMAL in place of FULL, and with the check that would refuse that turned
// round.
func careless(t *testing.T) string {
	t.Helper()
	source, err := filepath.Abs("../../internal/store/writer.go")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, change := range [][2]string{{`syncFull = "FULL"`, `syncFull = "NORMAL"`}, {"synchronous := int64(2)", "synchronous := int64(1)"}} {
		if strings.Count(text, change[0]) != 1 {
			t.Fatalf("%s no longer has %q once: say here how an agent becomes careless", source, change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	dir := t.TempDir()
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(dir, "writer.go")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"writer.go": []byte(text), "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "quorate-careless")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "../..").CombinedOutput(); err != nil {
		t.Fatalf("build a careless agent: %v\n%s", err, out)
	}
	return binary
}
