# The gateway is up again, one device behind it is not yet: the incident stays open until it is.

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
