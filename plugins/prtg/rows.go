package prtg

import "github.com/quorate/quorate/sdk/sourcehttp"

// deviceRow is a row of the table of devices. The tree fills the same fields.
type deviceRow struct {
	ID       sourcehttp.Scalar `json:"objid"`
	Probe    sourcehttp.Scalar `json:"probe"`
	Group    sourcehttp.Scalar `json:"group"`
	Name     sourcehttp.Scalar `json:"device"`
	Host     sourcehttp.Scalar `json:"host"`
	Location sourcehttp.Scalar `json:"location_raw"`
	Status   sourcehttp.Scalar `json:"status_raw"`
	Total    sourcehttp.Scalar `json:"totalsens_raw"`
	// What PRTG counts, where it sends no sum.
	Up           sourcehttp.Scalar `json:"upsens_raw"`
	Warning      sourcehttp.Scalar `json:"warnsens_raw"`
	Down         sourcehttp.Scalar `json:"downsens_raw"`
	Acknowledged sourcehttp.Scalar `json:"downacksens_raw"`
	Partial      sourcehttp.Scalar `json:"partialdownsens_raw"`
	Paused       sourcehttp.Scalar `json:"pausedsens_raw"`
	Unusual      sourcehttp.Scalar `json:"unusualsens_raw"`
	Undefined    sourcehttp.Scalar `json:"undefinedsens_raw"`
}

// sensorRow is a row of the table of sensors. The tree fills the same fields.
type sensorRow struct {
	ID        sourcehttp.Scalar `json:"objid"`
	Device    sourcehttp.Scalar `json:"parentid"`
	Name      sourcehttp.Scalar `json:"sensor"`
	Kind      sourcehttp.Scalar `json:"type_raw"`
	Tags      sourcehttp.Scalar `json:"tags"`
	Status    sourcehttp.Scalar `json:"status_raw"`
	Message   sourcehttp.Scalar `json:"message_raw"`
	Markup    sourcehttp.Scalar `json:"message"`
	Shown     sourcehttp.Scalar `json:"lastvalue"`
	LastValue sourcehttp.Scalar `json:"lastvalue_raw"`
	LastCheck sourcehttp.Scalar `json:"lastcheck_raw"`
	LastUp    sourcehttp.Scalar `json:"lastup_raw"`
	Interval  sourcehttp.Scalar `json:"interval_raw"`
}
