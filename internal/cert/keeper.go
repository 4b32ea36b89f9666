package cert

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// lookEvery is how often the files are looked at, at most.
const lookEvery = 2 * time.Second

// Options is what a Keeper keeps.
type Options struct {
	// CertFile and KeyFile are PEM files of the owner. Both "" means one of the Keeper's own, in Dir.
	CertFile, KeyFile string
	// Dir is the folder for what the Keeper makes itself. Nobody but its user may look into it.
	Dir string
	// Names are the host names and addresses that a certificate of its own is for.
	Names []string
	Log   *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Keeper has the certificate of now. Make one with Open. All methods are safe for concurrent use.
type Keeper struct {
	opt Options

	mu      sync.Mutex
	current *tls.Certificate
	looked  time.Time
	seen    string // the state of the files that current, or broken, was read from
	broken  string // what was told of files that cannot be used, "" while they can
}

// Open reads the certificate, or makes one. An expired one is opened: an agent that cannot be reached helps nobody.
func Open(opt Options) (*Keeper, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	k := &Keeper{opt: opt, looked: opt.Now()}
	k.seen = k.state()
	var err error
	k.current, err = k.read()
	return k, err
}

// Own reports whether the certificate is one that the Keeper made.
func (k *Keeper) Own() bool { return k.opt.CertFile == "" }

// TLS is the configuration of a listener that always serves the certificate of now, by TLS 1.2 and newer.
func (k *Keeper) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			k.Look()
			k.mu.Lock()
			defer k.mu.Unlock()
			return k.current, nil
		},
	}
}

// Expires is when the certificate of now does. It looks at the files first.
func (k *Keeper) Expires() time.Time {
	k.Look()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current.Leaf.NotAfter
}

// Fingerprint is the SHA-256 of the certificate of now, as browsers show it: 32 pairs of digits.
func (k *Keeper) Fingerprint() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fingerprint(k.current.Leaf.Raw)
}

func fingerprint(der []byte) string {
	var b strings.Builder
	for i, c := range sha256.Sum256(der) {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", c)
	}
	return b.String()
}

// Look takes what has changed in the files, if the last look was a while ago. Files that cannot be used change nothing,
// and are told once.
func (k *Keeper) Look() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.opt.Now()
	if since := now.Sub(k.looked); since >= 0 && since < lookEvery {
		return
	}
	k.looked = now
	state := k.state()
	if state == k.seen && (!k.Own() || !stale(k.current.Leaf, now)) {
		return
	}
	next, err := k.read()
	if err != nil {
		k.tell(err)
		return // the state is not noted: half of a pair may have been written
	}
	k.seen, k.broken = k.state(), ""
	if string(next.Leaf.Raw) != string(k.current.Leaf.Raw) {
		k.opt.Log.Info("certificate changed", "fingerprint", fingerprint(next.Leaf.Raw), "expires", next.Leaf.NotAfter)
	}
	k.current = next
}

func (k *Keeper) tell(err error) {
	if text := err.Error(); text != k.broken {
		k.broken = text
		k.opt.Log.Error("certificate not changed, the one before goes on", "err", err)
	}
}

// read returns what is in the files, or makes it.
func (k *Keeper) read() (*tls.Certificate, error) {
	if k.Own() {
		return k.own()
	}
	return load(k.opt.CertFile, k.opt.KeyFile)
}

// load reads a pair. The key must be nobody else's.
func load(certFile, keyFile string) (*tls.Certificate, error) {
	info, err := os.Stat(keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		return nil, fmt.Errorf("the key %s is open to everybody (mode %o): chmod o-rwx it", keyFile, mode)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	chain, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s with the key %s: %w", certFile, keyFile, err)
	}
	return &pair, nil
}

// Check says what is wrong with a pair of files of the owner: not readable, no pair, not valid at now. It is for whoever
// wrote their names down.
func Check(certFile, keyFile string, now time.Time) error {
	pair, err := load(certFile, keyFile)
	switch {
	case err != nil:
		return err
	case now.After(pair.Leaf.NotAfter):
		return fmt.Errorf("the certificate %s has expired at %s: put a new one in its place", certFile, pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(pair.Leaf.NotBefore):
		return fmt.Errorf("the certificate %s is valid from %s on only: see whether the clock is right", certFile, pair.Leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// state changes when the files do. Files that are not there have a state as well.
func (k *Keeper) state() string {
	var b strings.Builder
	for _, path := range k.files() {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			fmt.Fprint(&b, info.ModTime().UnixNano(), " ", info.Size(), " ", info.Mode(), "\n")
		case errors.Is(err, os.ErrNotExist):
			b.WriteString("none\n")
		default:
			fmt.Fprintln(&b, err)
		}
	}
	return b.String()
}
