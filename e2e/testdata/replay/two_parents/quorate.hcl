# A device with two ways to it is unreachable only when both are down.

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
}

device "nas3" {
  match {
    address = "192.0.2.13"
  }
  parents = ["nas1", "nas2"]
}
