package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// program is what a runner starts.
type program struct {
	argv []string
	path string   // what is executed; empty means the open file
	file *os.File // the checked and hashed file, nil for our own binary
}

func (p *program) close() {
	if p.file != nil {
		_ = p.file.Close()
	}
}

// builtIn is our own binary, which survives its replacement on disk.
func builtIn(self, typ string) *program {
	return &program{path: self, argv: []string{"quorate", "plugin", typ}}
}

// openProgram opens a third party's plugin, checks that nobody else can change it and that it is the one that was
// pinned. What is executed later is this open file, so that nothing can be swapped in between.
func openProgram(path, sum string) (*program, error) {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, plain(err))
	}
	if err := owned(dir, "its folder"); err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("plugin %s: is a symbolic link: give the path of the file itself", path)
	}
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, plain(err))
	}
	if err := checkFile(f, sum); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("plugin %s: %w", path, err)
	}
	return &program{argv: []string{path}, file: f}, nil
}

func checkFile(f *os.File, sum string) error {
	i, err := f.Stat()
	if err != nil {
		return err
	}
	if !i.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	if i.Mode()&0o111 == 0 {
		return errors.New("is not executable: chmod +x")
	}
	if err := owned(i, "it"); err != nil {
		return err
	}
	if sum == "" {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, sum) {
		return fmt.Errorf("sha256 mismatch: the configuration says %s, the file has %s: it was replaced, or the configuration is older than the file", strings.ToLower(sum), got)
	}
	return nil
}

// owned reports whether somebody besides root and us can change i.
func owned(i os.FileInfo, what string) error {
	st, ok := i.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner is unknown")
	}
	if st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d, neither to root nor to the agent's user", what, st.Uid)
	}
	if i.Mode()&0o022 != 0 {
		return fmt.Errorf("%s is writable by group or others (mode %04o): chmod go-w", what, i.Mode().Perm())
	}
	return nil
}

// plain drops the path from err, which the caller names.
func plain(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
