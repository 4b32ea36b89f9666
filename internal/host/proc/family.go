package proc

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// id names one process for as long as the machine runs.
type id struct {
	pid   int
	start uint64
}

// Family is a leader, which leads a process group of its own, and all that it started. Its methods may be called
// concurrently.
type Family struct {
	leader   int    // 0: it is gone
	marker   []byte // a variable of the leader's environment, which what it starts inherits
	anywhere bool   // whoever has a variable that begins so belongs to it, not only whom we adopted

	mu       sync.Mutex
	known    map[id]bool
	groups   map[int]bool
	sessions map[int]bool
}

// NewFamily returns the family of a leader, a child of ours that is not reaped yet. Marker is a variable of its
// environment as "KEY=VALUE" that no other process was given.
func NewFamily(leader int, marker string) *Family {
	return &Family{leader: leader, marker: []byte(marker), known: map[id]bool{}}
}

// Bearers is the family of those whose environment holds a variable that begins with marker, wherever they are.
func Bearers(marker string) *Family {
	return &Family{marker: []byte(marker), anywhere: true, known: map[id]bool{}}
}

// Members returns who of t belongs to the family: the leader, whose descendants are the others; who is in a group or a
// session that one of them made; who was seen in it before, whoever is its parent now; and who was adopted by us and
// bears the marker. Zombies are among them.
func (f *Family) Members(t Table) []Process {
	f.mu.Lock()
	defer f.mu.Unlock()
	us := os.Getpid()
	children := map[int][]Process{}
	in := map[int]bool{us: true}
	var members []Process
	add := func(p Process) {
		if !in[p.PID] {
			in[p.PID] = true
			members = append(members, p)
		}
	}
	for _, p := range t {
		children[p.Parent] = append(children[p.Parent], p)
		if p.PID == f.leader || f.known[id{p.PID, p.Start}] || (f.anywhere || p.Parent == us) && !p.Zombie && f.marked(p.PID) {
			add(p)
		}
	}
	groups, sessions := map[int]bool{}, map[int]bool{}
	if f.leader > 0 {
		groups[f.leader] = true
	}
	for done := -1; done < len(members); {
		done = len(members)
		for n := 0; n < len(members); n++ {
			p := members[n]
			// One that a member leads it has made. Never one that a member is merely in: a plugin is in the session of
			// whoever started the agent.
			if p.Group == p.PID {
				groups[p.PID] = true
			}
			if p.Session == p.PID {
				sessions[p.PID] = true
			}
			for _, c := range children[p.PID] {
				add(c)
			}
		}
		for _, p := range t {
			if groups[p.Group] || f.groups[p.Group] || sessions[p.Session] || f.sessions[p.Session] {
				add(p)
			}
		}
	}
	// What nobody is in any more is forgotten: its number may become another's.
	known := make(map[id]bool, len(members))
	for _, p := range members {
		known[id{p.PID, p.Start}] = true
		if f.groups[p.Group] {
			groups[p.Group] = true
		}
		if f.sessions[p.Session] {
			sessions[p.Session] = true
		}
	}
	f.groups, f.sessions, f.known = groups, sessions, known
	return members
}

// marked reports whether a process was started with the marker in its environment.
func (f *Family) marked(pid int) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	for err == nil && len(env) > 0 {
		v, rest, _ := bytes.Cut(env, []byte{0})
		if bytes.Equal(v, f.marker) || f.anywhere && bytes.HasPrefix(v, f.marker) {
			return true
		}
		env = rest
	}
	return false
}
