package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// TLSKind is how a server of the lab shows who it is. The zero value is plain HTTP.
type TLSKind string

// The kinds. A client that trusts the lab's authority accepts TLSGood alone.
const (
	TLSNone       TLSKind = ""
	TLSGood       TLSKind = "good"        // signed by the lab's authority
	TLSSelfSigned TLSKind = "self_signed" // signed by itself
	TLSExpired    TLSKind = "expired"     // signed by the lab's authority, until yesterday
	TLSWrongName  TLSKind = "wrong_name"  // signed by the lab's authority, for another host
	TLSPlain      TLSKind = "plain"       // plain HTTP at an address that begins with https://
)

// authority signs the certificates of one lab. It is made anew for each, so that nothing of it is ever worth keeping.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	a := &authority{}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	template := certTemplate("Quorate lab authority", -time.Hour, 24*time.Hour)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert, err = sign(template, template, a.key, a.key)
	return a, err
}

// pem is the authority as "ca_file" wants it.
func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// config makes a certificate of the kind for 127.0.0.1 and localhost; nil means that the server speaks no TLS.
func (a *authority) config(kind TLSKind) (*tls.Config, error) {
	if kind == TLSNone || kind == TLSPlain {
		return nil, nil //nolint:nilnil // that is plain HTTP.
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	template := certTemplate("Quorate lab", -time.Hour, 24*time.Hour)
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	parent, by := a.cert, a.key
	switch kind {
	case TLSSelfSigned:
		parent, by = template, key
	case TLSExpired:
		template.NotBefore, template.NotAfter = template.NotBefore.Add(-48*time.Hour), template.NotBefore.Add(-24*time.Hour)
	case TLSWrongName:
		template.DNSNames, template.IPAddresses = []string{"other.example.net"}, nil
	}
	cert, err := sign(template, parent, key, by)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}},
	}, nil
}

// certTemplate is a template that is valid from and until then, counted from the real time: that is what clients judge
// by.
func certTemplate(name string, from, until time.Duration) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(from), NotAfter: now.Add(until),
	}
}

func sign(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		return nil, fmt.Errorf("sign a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read a certificate back: %w", err)
	}
	return cert, nil
}
