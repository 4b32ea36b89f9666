package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// validity is what browsers take of a certificate at most.
	validity = 397 * 24 * time.Hour
	// renewBefore is how long before its end a certificate of our own is made anew.
	renewBefore = 30 * 24 * time.Hour
	// clockSlack is how far the clocks of others may be behind.
	clockSlack = 24 * time.Hour
)

func stale(leaf *x509.Certificate, now time.Time) bool {
	return now.Before(leaf.NotBefore) || now.Add(renewBefore).After(leaf.NotAfter)
}

// files are where the certificate and its key are.
func (k *Keeper) files() []string {
	if k.Own() {
		return []string{filepath.Join(k.opt.Dir, "cert.pem"), filepath.Join(k.opt.Dir, "key.pem")}
	}
	return []string{k.opt.CertFile, k.opt.KeyFile}
}

// own returns the certificate that was made before, or a new one for the same key: where it is about to expire, or is not
// for all the names. Without a key there is a new one as well.
func (k *Keeper) own() (*tls.Certificate, error) {
	if err := os.MkdirAll(k.opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the certificate: %w", err)
	}
	files := k.files()
	key, err := ownKey(files[1])
	if err != nil {
		return nil, err
	}
	now := k.opt.Now()
	if pair, err := load(files[0], files[1]); err == nil && !stale(pair.Leaf, now) && k.covers(pair.Leaf) {
		return pair, nil
	}
	der, err := k.sign(key, now)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	if err := writeFile(files[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return nil, err
	}
	return load(files[0], files[1])
}

// ownKey reads the key, or makes it where there is none. A broken one is not replaced: others may trust it.
func ownKey(path string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		block, _ := pem.Decode(b)
		if block == nil {
			return nil, fmt.Errorf("the key %s is none: remove it to have another made", path)
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, ok := parsed.(*ecdsa.PrivateKey)
		if err != nil || !ok {
			return nil, fmt.Errorf("the key %s is none: remove it to have another made", path)
		}
		return key, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// sign makes a certificate that signs itself.
func (k *Keeper) sign(key *ecdsa.PrivateKey, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	names, addresses := sorted(k.opt.Names)
	as := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Quorate"},
		NotBefore: now.Add(-clockSlack), NotAfter: now.Add(validity - clockSlack),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: names, IPAddresses: addresses,
	}
	return x509.CreateCertificate(rand.Reader, as, as, &key.PublicKey, key)
}

// covers reports whether a certificate is for all the names.
func (k *Keeper) covers(leaf *x509.Certificate) bool {
	names, addresses := sorted(k.opt.Names)
	for _, n := range names {
		if !slices.Contains(leaf.DNSNames, n) {
			return false
		}
	}
	for _, a := range addresses {
		if !slices.ContainsFunc(leaf.IPAddresses, a.Equal) {
			return false
		}
	}
	return true
}

// sorted tells host names and addresses apart.
func sorted(all []string) (names []string, addresses []net.IP) {
	for _, s := range all {
		if a, err := netip.ParseAddr(s); err == nil {
			addresses = append(addresses, net.IP(a.WithZone("").AsSlice()))
			continue
		}
		names = append(names, s)
	}
	return names, addresses
}

// writeFile puts a file in the place of another, whole, for nobody else to read.
func writeFile(path string, b []byte) error {
	part := path + ".part"
	if err := errors.Join(os.WriteFile(part, b, 0o600), os.Chmod(part, 0o600)); err != nil {
		return fmt.Errorf("keep the certificate: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("keep the certificate: %w", err)
	}
	return nil
}
