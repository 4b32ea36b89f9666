# A child that was down before its parent keeps its own incident.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

device "nas1" {
  match {
    address = "192.0.2.11"
  }
}

device "nas2" {
  match {
    address = "192.0.2.12"
  }
  parents = ["nas1"]
}

device "nas3" {
  match {
    address = "192.0.2.13"
  }
  parents = ["nas1"]
}
