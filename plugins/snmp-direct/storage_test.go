package snmpdirect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// handMade loads a recording written in a test.
func handMade(t *testing.T, lines string) *snmpagent.Recording {
	t.Helper()
	rec, err := snmpagent.Load(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// storageLines writes rows of hrStorageTable: type, description, unit, size and use, parted by bars.
func storageLines(rows ...string) string {
	var b strings.Builder
	b.WriteString("1.3.6.1.2.1.1.1.0|4|Linux box 6.1\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10\n")
	for i, r := range rows {
		f := strings.Split(r, "|")
		const table = "1.3.6.1.2.1.25.2.3.1."
		if !strings.Contains(f[0], ".") {
			f[0] = "1.3.6.1.2.1.25.2.1." + f[0]
		}
		fmt.Fprintf(&b, "%s2.%d|6|%s\n%[1]s3.%[2]d|4|%[4]s\n%[1]s4.%[2]d|2|%[5]s\n%[1]s5.%[2]d|2|%[6]s\n%[1]s6.%[2]d|2|%[7]s\n",
			table, i+1, f[0], f[1], f[2], f[3], f[4])
	}
	return b.String()
}

// resources lists the readings of volumes and memory as "volume:/=used/size"; "-" where one is missing.
func resources(o device.Observation) string {
	var words []string
	done := map[string]bool{}
	for _, r := range o.Readings {
		kind, _, _ := strings.Cut(r.Component, ":")
		if (kind != "volume" && kind != "memory") || done[r.Component] {
			continue
		}
		done[r.Component] = true
		say := func(quantity string) string {
			if v, ok := reading(o, r.Component, quantity); ok {
				return fmt.Sprintf("%.0f", v)
			}
			return "-"
		}
		words = append(words, r.Component+"="+say("used")+"/"+say("size"))
	}
	return strings.Join(words, " ")
}

func TestStorage(t *testing.T) {
	const dsk = "1.3.6.1.4.1.2021.9.1."
	tests := []struct {
		name, lines, want string
	}{
		{"kernel file systems, containers and kernel zones are left out", storageLines(
			"4|/|4096|100|50", "4|/dev/shm|4096|100|1", "4|/run|4096|90|2", "4|/run/user/0|4096|80|3", "4|/sys/fs/cgroup|4096|70|4",
			"4|/proc|4096|60|5", "4|/var/lib/docker/overlay2/x/merged|4096|50|6", "4|/volume1/@docker/btrfs|4096|40|7",
			"4|/snap/core/1|4096|30|30", "1|UMA: MAP ENTRY|1|20|9", "1|MALLOC: nvme|1|10|9", "4|/runner|4096|5|1", "4|/volume1|4096|0|0",
		), "volume:/=204800/409600 volume:/runner=4096/20480"},
		{"a bind mount is the same file system again", storageLines("4|/|4096|100|50", "4|/var/log|4096|100|50", "4|/data|4096|100|51"),
			"volume:/=204800/409600 volume:/data=208896/409600"},
		{"empty volumes of one size are different ones", storageLines("4|/a|4096|100|0", "4|/b|4096|100|0"), "volume:/a=0/409600 volume:/b=0/409600"},
		{"more units than 31 bits", storageLines("4|/volume1|4096|-2147483648|2147483647"), "volume:/volume1=8796093018112/8796093022208"},
		{"network and optical disks belong to others", storageLines("10|/nfs|4096|100|50", "7|/cdrom|4096|100|100", "9|/flash|512|8|4"), "volume:/flash=2048/4096"},
		{"bsnmpd tells the kind of file system instead", storageLines(
			"1.3.6.1.2.1.25.3.9.3|/, type: ufs, dev: /dev/da0p2|4096|100|50", "1.3.6.1.2.1.25.3.9.1|/dev, type: devfs, dev: devfs|512|2|2",
			"1.3.6.1.2.1.25.3.9.1|/var/dhcpd/dev, type: devfs, dev: devfs|512|2|2",
			"2|Real Memory Metrics|4096|1000|250", "2|Shared Real Memory Metrics|4096|1000|10", "3|Swap space, type: swap|4096|500|5",
		) + "1.3.6.1.2.1.25.2.2.0|2|8000\n", "memory:Real Memory Metrics=1024000/8192000 memory:Shared Real Memory Metrics=40960/8192000 memory:Swap space=20480/2048000 volume:/=204800/409600"},
		{"buffers and cache are free memory", storageLines("2|Physical memory|1024|1000|900", "1|Memory buffers|1024|1000|100", "1|Cached memory|1024|300|300",
			"2|Available memory|1024|450|0"),
			"memory:Physical memory=512000/1024000 memory:Memory buffers=102400/1024000 memory:Cached memory=307200/1024000"},
		{"an agent that took the cache out itself", storageLines("2|Physical memory|1024|1000|200", "1|Memory buffers|1024|1000|100", "1|Cached memory|1024|300|300"),
			"memory:Physical memory=204800/1024000 memory:Memory buffers=102400/1024000 memory:Cached memory=307200/1024000"},
		{"UCD knows the cache and Host Resources does not", storageLines("2|Physical memory|1024|1000|900") +
			"1.3.6.1.4.1.2021.4.3.0|2|400\n1.3.6.1.4.1.2021.4.4.0|2|300\n1.3.6.1.4.1.2021.4.5.0|2|1000\n1.3.6.1.4.1.2021.4.6.0|2|100\n" +
			"1.3.6.1.4.1.2021.4.14.0|2|50\n1.3.6.1.4.1.2021.4.15.0|2|350\n",
			"memory:Physical memory=512000/1024000 memory:Swap space=102400/409600"},
		{"UCD with 64 bits", storageLines() +
			"1.3.6.1.4.1.2021.4.5.0|2|2147483647\n1.3.6.1.4.1.2021.4.6.0|2|1\n1.3.6.1.4.1.2021.4.20.0|70|4294967296\n1.3.6.1.4.1.2021.4.21.0|70|1073741824\n",
			"memory:Physical memory=3298534883328/4398046511104"},
		{"watched disks: only where Host Resources has none, or cannot count so far", storageLines("4|/|4096|100|50", "4|/tank|1024|-1|-1", "4|/pool|1024|7|3") +
			dsk + "2.1|4|/\n" + dsk + "2.2|4|/tank\n" + dsk + "2.3|4|/backup\n" + dsk + "2.4|4|/proc\n" +
			dsk + "6.1|2|7\n" + dsk + "6.2|2|2147483647\n" + dsk + "6.3|2|20\n" + dsk + "6.4|2|20\n" +
			dsk + "8.1|2|7\n" + dsk + "8.2|2|2147483647\n" + dsk + "8.3|2|10\n" + dsk + "8.4|2|10\n" +
			dsk + "2.5|4|/pool\n" + dsk + "6.5|2|2147483647\n" + dsk + "8.5|2|3\n" + dsk + "11.5|66|7\n" + dsk + "12.5|66|1\n" + dsk + "15.5|66|3\n" + dsk + "16.5|66|0\n" +
			dsk + "11.2|66|1\n" + dsk + "12.2|66|3\n" + dsk + "15.2|66|0\n" + dsk + "16.2|66|2\n",
			"volume:/=204800/409600 volume:/tank=8796093022208/13194139534336 volume:/pool=3072/4398046518272 volume:/backup=10240/20480"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := resources(newBench(t, handMade(t, tt.lines)).poll()); got != tt.want {
				t.Errorf("\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestWatchedDisk holds that a volume's fill is no health, unless the device was told how much it shall have free.
func TestWatchedDisk(t *testing.T) {
	t.Parallel()
	const dsk = "1.3.6.1.4.1.2021.9.1."
	b := newBench(t, handMade(t, storageLines("4|/|4096|100|100", "4|/data|4096|200|100")+
		dsk+"2.1|4|/data\n"+dsk+"6.1|2|800\n"+dsk+"8.1|2|400\n"+dsk+"100.1|2|0\n"))
	o := b.poll()
	if c := claim(o, "volume:/"); c.State != "" {
		t.Errorf("a full volume that nobody watches: %+v", c)
	}
	if c := claim(o, "volume:/data"); c.State != device.StateOK {
		t.Errorf("watched and well: %+v", c)
	}
	b.set(dsk+"100.1", snmpagent.Int(1))
	if c := claim(b.poll(), "volume:/data"); c.State != device.StateWarning || c.Raw != "dskErrorFlag=1 error" {
		t.Errorf("watched and too full: %+v", c)
	}
}

// TestProcessorShares follows the counters of the processors' time over two polls, a wrap and a restart.
func TestProcessorShares(t *testing.T) {
	t.Parallel()
	const raw = "1.3.6.1.4.1.2021.11."
	b := newBench(t, handMade(t, storageLines()+raw+"50.0|65|100\n"+raw+"51.0|65|0\n"+raw+"52.0|65|4294967290\n"+raw+"53.0|65|1000\n"+raw+"54.0|65|10\n"))
	shares := func() string {
		o := b.poll()
		var words []string
		for _, c := range []string{"total", "user", "system", "wait", "steal"} {
			if v, ok := reading(o, "cpu:"+c, "load"); ok {
				words = append(words, fmt.Sprintf("%s=%g", c, v))
			}
		}
		return strings.Join(words, " ")
	}
	set := func(user, system, idle, wait uint32) {
		b.clock.add(time.Minute)
		for oid, v := range map[string]uint32{"50.0": user, "52.0": system, "53.0": idle, "54.0": wait} {
			b.set(raw+oid, snmpagent.Counter32(uint64(v)))
		}
	}
	if got := shares(); got != "" {
		t.Errorf("of one poll: %s", got)
	}
	set(100+1200, 594, 1000+3600, 10+600) // 600 of system over the wrap
	if got, want := shares(), "total=40 user=20 system=10 wait=10"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	set(5, 5, 5, 5)
	if got := shares(); got != "" {
		t.Errorf("after a restart: %s", got)
	}
	set(65, 65, 5885, 5)
	if got, want := shares(), "total=2 user=1 system=1 wait=0"; got != want {
		t.Errorf("after a restart and a poll: got %s, want %s", got, want)
	}
}
