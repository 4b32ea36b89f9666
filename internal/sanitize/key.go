package sanitize

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// LoadKey reads the site key, or makes one of 32 random bytes readable by the owner only. A lost key costs only that
// all aliases are new from then on.
func LoadKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) >= minKey:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("site key %s: %d bytes, at least %d are needed", path, len(key), minKey)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("site key: %w", err)
	}
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("site key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("site key: %w", err)
	}
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("site key: %w", err)
	}
	return key, nil
}
