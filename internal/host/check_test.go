package host

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

func TestCheckAsksThePlugin(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	good, err := json.Marshal(map[string]string{"dir": t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Check(t.Context(), Spec{Name: "lab", Type: "puppet", Config: good}); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
	const token = "token-5f1c0e"
	err = st.Check(t.Context(), Spec{Name: "lab", Type: "puppet", Config: []byte(`{"token": "` + token + `"}`), Secrets: []device.Secret{token}})
	if err == nil || !strings.Contains(err.Error(), "dir: must be set") || strings.Contains(err.Error(), token) {
		t.Errorf("a configuration that the plugin refuses: %v", err)
	}
}
