package snmpdirect

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// recordings is where reference recordings of real devices lie, beside the repository: they are others' work and no part
// of it.
const recordings = "../../../shared/data/snmprec"

// recordingNames lists the recordings; without them the test is skipped.
func recordingNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recordings, "*.snmprec"))
	if err != nil || len(files) == 0 {
		t.Skip("SKIPPED: needs the reference recordings beside the repository")
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".snmprec")
	}
	return files
}

func loadRecording(t *testing.T, name string) *snmpagent.Recording {
	t.Helper()
	f, err := os.Open(filepath.Join(recordings, name+".snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rec, err := snmpagent.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// expected is what LibreNMS makes of a recording, as far as it is compared.
type expected struct {
	Devices    []expectedDevice
	Ports      []expectedPort
	Sensors    []expectedSensor
	States     []expectedState
	Wireless   []expectedSensor
	Processors []struct {
		Usage float64 `json:"processor_usage"`
	}
	Mempools []struct {
		Descr string  `json:"mempool_descr"`
		Total float64 `json:"mempool_total"`
		Used  float64 `json:"mempool_used"`
		Perc  float64 `json:"mempool_perc"`
	}
	Storage []struct {
		Descr string  `json:"storage_descr"`
		Size  float64 `json:"storage_size"`
		Used  float64 `json:"storage_used"`
	}
	VLANs []struct {
		ID   int    `json:"vlan_vlan"`
		Name string `json:"vlan_name"`
	}
	Members []struct {
		ID       int `json:"vlan"`
		Port     int `json:"baseport"`
		Untagged int `json:"untagged"`
	}
	Links []struct {
		Remote string `json:"remote_hostname"`
		Port   string `json:"ifName"`
	}
}

type expectedDevice struct {
	OS       string `json:"os"`
	Hardware string `json:"hardware"`
	Version  string `json:"version"`
	Serial   string `json:"serial"`
}

type expectedPort struct {
	Index   int     `json:"ifIndex"`
	Name    string  `json:"ifName"`
	Type    string  `json:"ifType"`
	Oper    string  `json:"ifOperStatus"`
	Admin   string  `json:"ifAdminStatus"`
	Speed   float64 `json:"ifSpeed"`
	Address string  `json:"ifPhysAddress"`
}

type expectedSensor struct {
	Class   string  `json:"sensor_class"`
	Type    string  `json:"sensor_type"`
	Index   string  `json:"sensor_index"`
	OID     string  `json:"sensor_oid"`
	OIDs    string  `json:"sensor_oids"` // of a wireless sensor: a JSON list in a text
	Descr   string  `json:"sensor_descr"`
	Current float64 `json:"sensor_current"`
	// The object's number times multiplier by divisor is the value.
	Divisor    float64 `json:"sensor_divisor"`
	Multiplier float64 `json:"sensor_multiplier"`
}

type expectedState struct {
	Name    string  `json:"state_name"`
	Value   float64 `json:"state_value"`
	Generic int     `json:"state_generic_value"`
}

// expect reads what LibreNMS makes of a recording. There is nothing for a recording that it does not have.
func expect(t *testing.T, name string) *expected {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recordings, name+".json"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &modules); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var e expected
	// The status of ports is complete only where they were polled; everything else is as it was discovered. A poll that
	// changed nothing is told by a sentence.
	for _, m := range []struct {
		module, when, table string
		to                  any
	}{
		{"os", "discovery", "devices", &e.Devices},
		{"ports", "discovery", "ports", &e.Ports},
		{"ports", "poller", "ports", &e.Ports},
		{"sensors", "discovery", "sensors", &e.Sensors},
		{"sensors", "discovery", "state_indexes", &e.States},
		{"wireless", "discovery", "wireless_sensors", &e.Wireless},
		{"processors", "discovery", "processors", &e.Processors},
		{"mempools", "discovery", "mempools", &e.Mempools},
		{"storage", "discovery", "storage", &e.Storage},
		{"vlans", "discovery", "vlans", &e.VLANs},
		{"vlans", "discovery", "ports_vlans", &e.Members},
		{"discovery-protocols", "discovery", "links", &e.Links},
	} {
		raw := modules[m.module][m.when]
		if len(raw) == 0 || raw[0] != '{' {
			continue
		}
		tables := map[string]json.RawMessage{}
		if err := json.Unmarshal(raw, &tables); err != nil {
			t.Fatalf("%s: %s: %v", name, m.module, err)
		}
		if len(tables[m.table]) == 0 {
			continue
		}
		if err := json.Unmarshal(tables[m.table], m.to); err != nil {
			t.Fatalf("%s: %s: %s: %v", name, m.module, m.table, err)
		}
	}
	return &e
}
