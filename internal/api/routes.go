package api

import (
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/quorate/quorate/device"
)

// routes registers every route of the API. The document is written when somebody asks for it first.
func (s *Server) routes() {
	mux := http.NewServeMux()
	api := registry{humago.New(mux, documentConfig(s.cfg.Version)), s, mux}
	api.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeFor[device.Duration](), reflect.TypeFor[string]())
	for _, some := range []func(registry){
		s.deviceRoutes, s.recordRoutes, s.stateRoutes, s.agentRoutes, s.incidentRoutes, s.figureRoutes, s.partRoutes, s.orderRoutes, s.accessRoutes, s.plainRoutes,
		registry.documents,
	} {
		some(api)
	}
	s.doc = sync.OnceValue(api.document)
}

type none struct{}

// DeviceInput names a device in a path. It is exported because huma looks into exported fields only.
type DeviceInput struct {
	Device string `path:"device" maxLength:"256" doc:"Name, id or address."`
}

func (s *Server) find(name string) (device.Current, error) {
	d, ok := s.read.Device(name, s.now())
	if !ok {
		return d, noDevice()
	}
	return d, nil
}

func noDevice() error {
	return fail("not_found", "There is no device of that name, id or address.")
}

// asked is the id whose history is asked for: that of a merged device leads to the one that took it in, with all that
// was its own before.
func asked(d device.Current, name string) device.ID {
	if strings.HasPrefix(name, "d_") && name != d.Name {
		return device.ID(name)
	}
	return d.ID
}
