// Package cert keeps the certificate by which a listener speaks TLS: the owner's, read again when its files change, or
// one that it makes itself and renews with the same key before it expires.
//
// A Keeper starts no goroutine: it looks at its files when somebody connects, and when it is told to. What it finds broken
// takes nothing's place. Private keys are read and written here and leave the package only inside of a tls.Config.
package cert
