package oracle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The entries of the journal that testdata/powerloss.c keeps.
const (
	opened = 1 + iota
	created
	written
	truncated
	syncBegins
	synced
	unlinked
	syncFailed
)

// A disk writes a sector whole, the kernel a page of its memory.
const (
	sector     = 512
	memoryPage = 4096
)

// disk works out what a power loss leaves of a folder, from its files before and the journal of what was done to them.
type disk struct {
	files map[uint64]*file
	names map[string]uint64
	// entries are the changes of the folder itself since it was last durable.
	entries []entry
	// counts for the rules by which a run is void: writes that were not durable, and those of them that were lost.
	unsynced, dropped int
	step              int
}

// file is one file: what of it is durable, and what was done to it since.
type file struct {
	durable []byte
	pending []change
	syncing map[uint64]int // by thread: the step at which its fsync began
}

// change is a write within one page, or with nil data a new length. One that was forgotten is no longer made durable by an fsync: one before
// it has failed, and the kernel does not try twice.
type change struct {
	step      int
	at        uint64
	data      []byte
	forgotten bool
}

// entry is a file that was made under a name, or with inode 0 a name that was taken away.
type entry struct {
	step  int
	name  string
	inode uint64
}

// onDisk is the folder as it is: all of it durable.
func onDisk(dir string) (map[string][]byte, error) {
	found := map[string][]byte{}
	all, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range all {
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), "-shm") {
			continue
		}
		if found[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// replay reads the journal. An entry that was cut off ends it.
func replay(before map[string][]byte, journal []byte) (*disk, error) {
	d := &disk{files: map[uint64]*file{}, names: map[string]uint64{}}
	for len(journal) >= 32 {
		kind, inode := binary.LittleEndian.Uint64(journal), binary.LittleEndian.Uint64(journal[8:])
		a, b := binary.LittleEndian.Uint64(journal[16:]), binary.LittleEndian.Uint64(journal[24:])
		journal = journal[32:]
		if b > uint64(len(journal)) {
			break
		}
		data := journal[:b]
		journal = journal[b:]
		d.step++
		if err := d.apply(before, kind, inode, a, data); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *disk) apply(before map[string][]byte, kind, inode, a uint64, data []byte) error {
	name := string(data)
	f := d.files[inode]
	switch kind {
	case opened:
		if f == nil {
			f = &file{durable: slices.Clone(before[name]), syncing: map[uint64]int{}}
			d.files[inode], d.names[name] = f, inode
		}
		return nil
	case created:
		// An inode number may be used again: what it was is gone.
		d.files[inode], d.names[name] = &file{syncing: map[uint64]int{}}, inode
		d.entries = append(d.entries, entry{d.step, name, inode})
		return nil
	case unlinked:
		delete(d.names, name)
		d.entries = append(d.entries, entry{d.step, name, 0})
		return nil
	case syncBegins, synced, syncFailed:
		if f == nil { // the folder itself
			if kind == synced {
				d.entries = nil
			}
			return nil
		}
	}
	if f == nil {
		return fmt.Errorf("entry %d of the journal: kind %d of a file that was not opened", d.step, kind)
	}
	switch kind {
	case written:
		for len(data) > 0 {
			n := min(uint64(len(data)), memoryPage-a%memoryPage)
			f.pending = append(f.pending, change{step: d.step, at: a, data: data[:n]})
			a, data = a+n, data[n:]
		}
	case truncated:
		f.pending = append(f.pending, change{step: d.step, at: a})
	case syncBegins:
		f.syncing[a] = d.step
	case synced:
		f.sync(f.syncing[a])
	case syncFailed:
		for i := range f.pending {
			f.pending[i].forgotten = f.pending[i].forgotten || f.pending[i].step < f.syncing[a]
		}
	default:
		return fmt.Errorf("entry %d of the journal: kind %d", d.step, kind)
	}
	return nil
}

// sync makes durable what was done before that step and is not forgotten. What is forgotten gets there with the next write to
// its page, since pages are written whole.
func (f *file) sync(before int) {
	var left []change
	for _, c := range f.pending {
		if c.step >= before || c.forgotten {
			left = append(left, c)
			continue
		}
		left = slices.DeleteFunc(left, func(old change) bool {
			if !old.forgotten || old.data == nil || !c.settles(old) {
				return false
			}
			f.durable = old.on(f.durable)
			return true
		})
		f.durable = c.on(f.durable)
	}
	f.pending = left
}

// settles says that a write that was forgotten is no more once c is durable.
func (c change) settles(old change) bool {
	if c.data == nil {
		return old.at >= c.at
	}
	return c.at/memoryPage == old.at/memoryPage
}

func (c change) on(b []byte) []byte {
	if c.data == nil {
		if c.at <= uint64(len(b)) {
			return b[:c.at]
		}
		return append(b, make([]byte, c.at-uint64(len(b)))...)
	}
	if end := c.at + uint64(len(c.data)); end > uint64(len(b)) {
		b = append(b, make([]byte, end-uint64(len(b)))...)
	}
	copy(b[c.at:], c.data)
	return b
}

// lose writes into dir what a power loss leaves: of what was not durable any part, in any order, down to sectors.
func (d *disk) lose(r *rand.Rand, before map[string][]byte, dir string) error {
	left := maps.Clone(before)
	for name, inode := range d.names {
		left[name] = d.files[inode].lose(r, d)
	}
	// Names that were made or taken away since the folder was durable may be as they were before.
	for _, e := range slices.Backward(d.entries) {
		if r.IntN(2) == 0 {
			continue
		}
		was, ok := before[e.name]
		switch {
		case e.inode != 0 && d.names[e.name] == e.inode:
			d.dropped++
			delete(left, e.name)
		case e.inode == 0 && ok && left[e.name] == nil:
			left[e.name] = was
		}
	}
	for _, name := range []string{"quorate.db", "quorate.db-wal", "quorate.db-shm", "quorate.db-journal"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for name, b := range left {
		if !strings.HasPrefix(name, "quorate.db") {
			continue // not written through the layer, so nobody knows what of it was durable
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// lose returns the file with an arbitrary part of what was pending.
func (f *file) lose(r *rand.Rand, d *disk) []byte {
	b := bytes.Clone(f.durable)
	d.unsynced += len(f.pending)
	pending := slices.Clone(f.pending)
	// How a disk forgets: everything, in order up to a point, or each sector for itself and in any order.
	switch r.IntN(4) {
	case 0:
		d.dropped += len(pending)
		return b
	case 1:
		n := r.IntN(len(pending) + 1)
		d.dropped += len(pending) - n
		pending = pending[:n]
	case 2:
		r.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
		fallthrough
	default:
		var kept []change
		keep := []float64{0.1, 0.5, 0.9}[r.IntN(3)]
		for _, c := range pending {
			if c.data == nil {
				if r.Float64() < keep {
					kept = append(kept, c)
				}
				continue
			}
			for at := 0; at < len(c.data); {
				end := min(len(c.data), at+sector-int((c.at+uint64(at))%sector))
				if r.Float64() < keep {
					kept = append(kept, change{step: c.step, at: c.at + uint64(at), data: c.data[at:end]})
				} else {
					d.dropped++
				}
				at = end
			}
		}
		pending = kept
	}
	for _, c := range pending {
		b = c.on(b)
	}
	return b
}
