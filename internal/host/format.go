package host

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
)

// machines are the names of what we run on in a program's own words.
var machines = map[string]elf.Machine{
	"386": elf.EM_386, "amd64": elf.EM_X86_64, "arm": elf.EM_ARM, "arm64": elf.EM_AARCH64, "loong64": elf.EM_LOONGARCH,
	"ppc64le": elf.EM_PPC64, "riscv64": elf.EM_RISCV, "s390x": elf.EM_S390,
}

// reason says why a program could not be started, and what to do. The kernel's word alone misleads: it says of a script
// that it does not exist where its interpreter does not.
func (p *program) reason(err error) error {
	err = plain(err)
	if p.file == nil {
		return err
	}
	head := make([]byte, 256)
	n, _ := p.file.ReadAt(head, 0) // what cannot be read is no script
	line, isScript := bytes.CutPrefix(head[:n], []byte("#!"))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	interpreter, _, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
	switch {
	case errors.Is(err, syscall.ENOENT) && isScript:
		return fmt.Errorf("its interpreter %.200q is not there: install it, or change the first line", interpreter)
	case errors.Is(err, syscall.ENOENT):
		return errors.New("the C library that it was built for is not there: build it on this system, or with CGO_ENABLED=0")
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: its folder is on a file system mounted noexec, or its interpreter is not executable", err)
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%w: %s", err, p.format())
	}
	return err
}

// format says what a file is that the kernel does not run.
func (p *program) format() string {
	f, err := elf.NewFile(p.file)
	if err != nil {
		return "it is neither a program nor a script that begins with #!"
	}
	if f.Machine != machines[runtime.GOARCH] {
		return fmt.Sprintf("it is built for %s, this machine is %s", strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_")), runtime.GOARCH)
	}
	return "it is built for another system than " + runtime.GOOS
}
