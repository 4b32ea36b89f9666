package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed static/*
var staticFiles embed.FS

// asset is a static file as it is served.
type asset struct {
	kind  string
	plain []byte
	gz    []byte // nil for what is too small
}

// loadAssets names each static file by its content. All style sheets are one file, so that a page asks once.
func (p *pages) loadAssets() error {
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return fmt.Errorf("static files: %w", err)
	}
	// The sheet that the others build on comes first.
	base, err := staticFiles.ReadFile("static/quorate.css")
	if err != nil {
		return fmt.Errorf("static files: %w", err)
	}
	sheets := bytes.NewBuffer(base)
	for _, e := range entries {
		if e.Name() == "quorate.css" {
			continue
		}
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return fmt.Errorf("static file %s: %w", e.Name(), err)
		}
		if path.Ext(e.Name()) == ".css" {
			sheets.Write(b)
			continue
		}
		if err := p.addAsset(e.Name(), b); err != nil {
			return err
		}
	}
	return p.addAsset("quorate.css", sheets.Bytes())
}

func (p *pages) addAsset(name string, b []byte) error {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	url := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	if _, err := z.Write(b); err != nil {
		return fmt.Errorf("compress %s: %w", name, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress %s: %w", name, err)
	}
	p.assets[url], p.urls[name] = asset{kind: kinds[ext], plain: b, gz: gz.Bytes()}, url
	return nil
}

func (s *Site) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.pages.assets[r.URL.Path]
	if n, isIcon := iconNumber(r.URL.Path); isIcon {
		a, ok = iconWith(n), true
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if a.gz != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(a.gz)
		return
	}
	_, _ = w.Write(a.plain)
}
