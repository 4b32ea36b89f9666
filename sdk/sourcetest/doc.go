// Package sourcetest is the conformance kit for sources: checks of the whole contract over the real wire.
//
// The kit starts the source as a process, as the agent does, and talks to it over gRPC with mutual TLS. A source that
// is written in Go needs no binary of its own for that, since the test binary starts itself again:
//
//	func TestMain(m *testing.M) {
//		sourcetest.Main(m, map[string]func() sdk.Source{"acme": func() sdk.Source { return acme.New() }})
//	}
//
//	func TestConformance(t *testing.T) {
//		backend := startFakeAcme(t)
//		sourcetest.Run(t, sourcetest.Case{
//			Type:   "acme",
//			Config: `{"url": "` + backend.URL + `", "token": "canary-5f1c0e"}`,
//			Bad:    []sourcetest.Bad{{Name: "no scheme", Config: `{"url": "acme"}`, Want: "url"}},
//			Hang:   backend.Hang,
//			Faults: []sourcetest.Fault{{Name: "500", Set: backend.Break, Want: "500"}},
//		})
//	}
//
// A plugin in another language, or one that is built, is named by Case.Command. Each check is a subtest with a
// number; a failure says what the contract asks. What a source cannot do or a Case gives no means to check is not
// checked, which a line in the log says: it is no skipped test, since nothing could be installed to run it.
package sourcetest
