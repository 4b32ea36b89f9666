package api

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/quorate/quorate/device"
)

// words are the values of the enums as of now. Clients accept others: new ones come without a new version of the API.
var words = map[reflect.Type][]any{}

func init() {
	enum(device.FacetReach, device.FacetMgmt, device.FacetHealth)
	enum(device.StateUp, device.StateDown, device.StateSplit, device.StateOK, device.StateWarning, device.StateCritical, device.StateUnknown)
	enum(device.StatusUp, device.StatusDegraded, device.StatusDown, device.StatusUnknown)
	enum(device.StandingConfirmed, device.StandingSingle, device.StandingDisputed, device.StandingNone)
	enum(device.Abstention(""), device.AbstainPaused, device.AbstainExcluded, device.AbstainMaintenance, device.AbstainNeverPolled, device.AbstainUnknown,
		device.AbstainProbeDisconnected, device.AbstainStale, device.AbstainSourceBlind, device.AbstainSourceSuspect, device.AbstainWeakIdentity,
		device.AbstainConflict)
	enum(device.OverlayMaintenance, device.OverlayUnreachable, device.OverlayFlapping, device.OverlayPending, device.OverlayAcknowledged)
	enum(device.HealthUp, device.HealthBlind, device.HealthSuspect)
	enum(device.WatchWaiting, device.WatchOpen, device.WatchFailing, device.WatchIdle)
	enum(device.PluginStarting, device.PluginRunning, device.PluginWaiting, device.PluginQuarantined, device.PluginRefused, device.PluginEnding, device.PluginStopped)
	enum(device.SinkOK, device.SinkBehind, device.SinkFailing, device.SinkStuck)
	enum(device.AgentOK, device.AgentDegraded)
	enum(device.LimitDiskFull, device.LimitReadOnly, device.LimitDiskError, device.LimitDiskSlow, device.LimitOverload, device.LimitSinkBehind,
		device.LimitWALHeld, device.LimitRecordDamaged, device.LimitPostLeaks, device.LimitCertificate)
	enum(device.MilestoneOpen, device.MilestoneDrafted, device.MilestoneApproved, device.MilestonePublished)
	enum(device.EventTypes()...)
}

func enum[T ~string](values ...T) {
	for _, v := range values {
		words[reflect.TypeFor[T]()] = append(words[reflect.TypeFor[T]()], string(v))
	}
}

// describeWords names the known values of each enum in the schemas of a document, as x-extensible-enum.
func describeWords(types huma.Registry, schemas map[string]any) {
	for name, s := range schemas {
		t := types.TypeFromRef("#/components/schemas/" + name)
		if s, ok := s.(map[string]any); ok && t != nil {
			describeFields(t, s)
		}
	}
}

func describeFields(t reflect.Type, schema map[string]any) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			describeFields(f.Type, schema)
			continue
		}
		property, ok := properties[name].(map[string]any)
		if !ok {
			continue
		}
		of := f.Type
		if of.Kind() == reflect.Slice {
			of = of.Elem()
			property, _ = property["items"].(map[string]any)
		}
		if known := words[of]; known != nil && property != nil && property["enum"] == nil {
			if name == "from" { // of what was judged for the first time
				known = append([]any{""}, known...)
			}
			property["x-extensible-enum"] = known
		}
	}
}
