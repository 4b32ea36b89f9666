// Package sourcehttp is what sources that ask an HTTP API share: a client that treats every answer as hostile until
// it is parsed, and lenient types for monitors that change the type of a scalar from version to version.
//
// A Client starts nothing by itself. Each call (GetJSON, GetXML) ends with its context, reads at most a capped number
// of decompressed bytes, and takes an answer for JSON or XML only if it looks like it. Of a large answer nothing is held
// but the row in hand. A redirect is followed to the same scheme, host and port only, so that nobody else is ever sent
// a secret; a server that asks to be left alone (Retry-After) is. Whatever goes wrong is one line that says what to
// change; no secret in any writing and no URL with a query is ever part of it, and text that came from the other side
// is quoted, cut short and searched for the secrets first.
//
// The package knows no monitor: what a refused log-in means for one of them is said by its plugin, from the fields
// of a Failure.
package sourcehttp
