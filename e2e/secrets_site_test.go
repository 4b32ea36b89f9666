package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/lab"
)

// secretConfig names every kind of secret that a configuration has.
const secretConfig = `agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
  domains  = ["example.net"]
}
source "librenms" "librenms" {
  interval = "300ms"
  timeout  = "20s"
  push {
    token = env("PUSH_LIBRENMS")
  }
  config {
    url   = env("URL_LIBRENMS")
    token = env("TOKEN_LIBRENMS")
    step  = "1s"
  }
}
source "prtg" "prtg" {
  interval = "300ms"
  timeout  = "20s"
  push {
    token = env("PUSH_PRTG")
  }
  config {
    url       = env("URL_PRTG")
    api_token = env("TOKEN_PRTG")
  }
}
source "prtg" "prtg-password" {
  interval     = "300ms"
  timeout      = "20s"
  fault_domain = "prtg"
  config {
    url      = env("URL_PASSWORD")
    username = "quorate"
    password = env("PASSWORD")
  }
}
source "prtg" "prtg-passhash" {
  interval     = "300ms"
  timeout      = "20s"
  fault_domain = "prtg"
  config {
    url      = env("URL_PASSHASH")
    username = "quorate"
    passhash = file("passhash")
  }
}
source "snmp-direct" "snmp" {
  interval = "1s"
  timeout  = "20s"
  config {
    request_timeout = "1s"
    retries         = 0
    credential "v2c" "wrong" {
      community = env("WRONG_COMMUNITY")
    }
    credential "v2c" "lab" {
      community = env("COMMUNITY")
    }
    target "nas-1" {
      address     = env("SNMP_NAS_1")
      credentials = ["wrong", "lab"]
    }
    target "nobody" {
      address     = "127.0.0.1:1"
      credentials = ["wrong"]
    }
  }
}
sink "webhook" "hub" {
  url         = "${env("URL_HUB")}/${env("PATH_HUB")}?token=${env("PATH_HUB")}"
  secret      = env("SECRET_HUB")
  old_secret  = env("OLD_SECRET_HUB")
  headers     = { Authorization = "Bearer ${env("HEADER_HUB")}", X-Other = env("HEADER_HUB") }
  retry_first = "100ms"
  retry_most  = "300ms"
}
sink "blog" "series" {
  dir    = "blog"
  flavor = "jekyll"
  title  = "Homelab"
}
`

// secretSite is the lab behind parrots, watched with every kind of secret.
type secretSite struct {
	*site
	parrots map[string]*parrot
	secrets map[string]string // by the variable that holds it
	temp    string
}

func newSecretSite(t *testing.T) *secretSite {
	t.Helper()
	s := &secretSite{site: newSite(t, secretConfig), parrots: map[string]*parrot{}, secrets: map[string]string{
		"PUSH_LIBRENMS": planted + "-push-librenms-0", "PUSH_PRTG": planted + "-push-prtg-000000", "TOKEN_LIBRENMS": planted + "-of/librenms+",
		"TOKEN_PRTG": planted + "-of-prtg-0123456789", "PASSWORD": planted + " p&ss=w#rd%", "WRONG_COMMUNITY": planted + "-nobodys",
		"PATH_HUB": planted + "-path-of-the-hub", "SECRET_HUB": planted + "-secret-of-the-hub", "OLD_SECRET_HUB": planted + "-before-of-the-hub",
		"HEADER_HUB": planted + "-header-of-the-hub",
	}}
	s.env = nil // only what the configuration needs
	front := func(name string, good http.Handler) {
		p := &parrot{good: good}
		server := httptest.NewServer(p)
		t.Cleanup(server.Close)
		s.parrots[name] = p
		s.env = append(s.env, "URL_"+name+"="+server.URL)
	}
	front("LIBRENMS", lab.NewLibreNMS(s.World, lab.LibreNMSOptions{Token: s.secrets["TOKEN_LIBRENMS"], Step: time.Second}))
	prtg := func(opt lab.PRTGOptions) http.Handler { return lab.NewPRTG(s.World, opt) }
	front("PRTG", prtg(lab.PRTGOptions{APIToken: s.secrets["TOKEN_PRTG"]}))
	front("PASSWORD", prtg(lab.PRTGOptions{Username: "quorate", Password: s.secrets["PASSWORD"]}))
	front("PASSHASH", prtg(lab.PRTGOptions{Username: "quorate", Passhash: plantedDigits + "99"}))
	front("HUB", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	s.secrets["COMMUNITY"] = s.Env[lab.EnvCommunity]
	for name, value := range s.secrets {
		s.env = append(s.env, name+"="+value)
	}
	temp, err := os.MkdirTemp("", "q") // a path that leaves room for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	s.temp = temp
	s.env = append(s.env, "SNMP_NAS_1="+s.Env[lab.EnvAgent+"NAS_1"], "TMPDIR="+s.temp)
	path := write(t, filepath.Join(s.dir, "passhash"), plantedDigits+"99\n")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *secretSite) all(how string) {
	for _, p := range s.parrots {
		p.say(how)
	}
}
