# A child that goes down after its parent joins the incident.

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
