//go:build !crashpoints

package crashpoint

// Here does nothing: the program was built without the tag "crashpoints".
func Here(string) {}
